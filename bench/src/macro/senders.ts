/** Devices of the SDK as senders, one at each node: they sign, keep and follow what they send as an integrator's do. */
import { sodiumCrypto } from '@tangle/node';
import { generateKey } from '@tangle/sdk';
import { Administrator, Device, readKeyFile } from '@tangle/sdk/node';
import type { DeviceId } from '@tangle/core/ids';
import type { Cluster } from './cluster.js';
import type { Senders } from './load.js';

/** @param ratePerSecond what each device may send, at most */
export async function openSdkSenders(cluster: Cluster, ratePerSecond: number): Promise<Senders> {
  const devices: Device[] = [];
  for (const { url } of cluster.nodes) {
    const { genesis } = cluster;
    devices.push(await Device.open({ key: generateKey(), genesis, nodes: [url], crypto: sodiumCrypto }));
  }
  await registerDevices(
    cluster,
    devices.map(({ id }) => id),
    ratePerSecond,
  );
  let next = 0;
  return {
    send: async () => {
      const device = devices[next++ % devices.length];
      if (device === undefined) throw new Error('a cluster has nodes');
      const receipt = await device.submit({ pressure: 160.2, temperature: 41.7 });
      return (await receipt.final()).outcome.status === 'accepted';
    },
    close: async () => {
      for (const device of devices) await device.close();
    },
  };
}

export async function registerDevices(
  { adminKeyFile, genesis, nodes }: Cluster,
  ids: readonly DeviceId[],
  ratePerSecond: number,
): Promise<void> {
  const administrator = await Administrator.open({
    key: await readKeyFile(adminKeyFile),
    genesis,
    nodes: nodes.map(({ url }) => url),
  });
  for (const id of ids) await administrator.register(id, { ratePerSecond });
  await administrator.close();
}

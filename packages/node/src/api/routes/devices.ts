/** The registry and the readings of its devices, page by page. */
import type { RouteGroup } from '../context.js';
import type { Page } from '../ledger-node.js';
import { READERS } from '../authorize.js';
import { responses } from '../context.js';
import { parseDevice, parseInstant } from '../format.js';
import { badParameter, ProblemError } from '../problem.js';
import { deviceToJson, readingToJson } from '../render.js';
import { DEVICE, DEVICE_PARAMS, DEVICES, NO_PARAMETERS, PAGE_QUERY, READINGS, READINGS_QUERY } from '../schemas.js';

interface PageQuery {
  readonly cursor?: string;
  readonly limit: number;
}

export const registerDeviceRoutes: RouteGroup = (app, { node }) => {
  app.get<{ Querystring: PageQuery }>(
    '/v1/devices',
    {
      config: { access: READERS },
      schema: {
        summary: 'Registered devices, ascending by key',
        operationId: 'listDevices',
        tags: ['devices'],
        querystring: PAGE_QUERY,
        response: responses(200, DEVICES),
      },
    },
    async ({ query: { cursor, limit } }) => page(cursor, (after) => node.devices(after, limit), deviceToJson),
  );

  app.get<{ Params: { did: string } }>(
    '/v1/devices/:did',
    {
      config: { access: READERS },
      schema: {
        summary: 'One registered device',
        operationId: 'getDevice',
        tags: ['devices'],
        params: DEVICE_PARAMS,
        querystring: NO_PARAMETERS,
        response: responses(200, DEVICE),
      },
    },
    async ({ params }) => {
      const id = parseDevice(params.did, 'did');
      const device = await node.device(id);
      if (device === undefined) throw new ProblemError('device-not-found', `${id} was never registered`, { id });
      return deviceToJson(device);
    },
  );

  app.get<{ Params: { did: string }; Querystring: PageQuery & { from?: string; to?: string } }>(
    '/v1/devices/:did/readings',
    {
      config: { access: READERS },
      schema: {
        summary: 'Final readings of a device by source time, from <= t < to',
        operationId: 'listReadings',
        tags: ['devices'],
        params: DEVICE_PARAMS,
        querystring: READINGS_QUERY,
        response: responses(200, READINGS),
      },
    },
    async ({ params, query: { from, to, cursor, limit } }) => {
      const id = parseDevice(params.did, 'did');
      const fromMs = from === undefined ? null : parseInstant(from, 'from');
      const toMs = to === undefined ? null : parseInstant(to, 'to');
      if (fromMs !== null && toMs !== null && fromMs > toMs) throw badParameter('to', to ?? '', `not before ${from}`);
      return page(cursor, (after) => node.readings(id, { fromMs, toMs }, after, limit), readingToJson);
    },
  );
};

/** `load` says `RangeError` to a cursor that is none of its own. */
async function page<Item>(
  cursor: string | undefined,
  load: (cursor: string | null) => Promise<Page<Item>>,
  toJson: (item: Item) => object,
): Promise<object> {
  const loaded = await load(cursor ?? null).catch((error: unknown) => {
    if (error instanceof RangeError && cursor !== undefined) {
      throw badParameter('cursor', cursor, '`next` of the page before, unchanged');
    }
    throw error;
  });
  return { items: loaded.items.map(toJson), next: loaded.next };
}

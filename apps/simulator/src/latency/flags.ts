/** The sub-command `latency` of `tangle-sim`, as commander reads it. */
import { Command } from 'commander';
import { OptionsError } from '../sweeps/fields.js';
import { addCommonFlags, addFieldFlags, type CommonFlags, packageVersion, ScenarioFolder } from '../sweeps/flags.js';
import { latencyCommand } from './command.js';
import { FIELDS } from './options.js';
import { threadLatencyWorker } from './worker.js';

const GALLERY = new ScenarioFolder('gallery');

export function createLatencyCommand(): Command {
  const command = new Command('latency')
    .description(
      'how soon readings are final: clusters of real replicas on a modelled WAN, with devices behind gateways',
    )
    .argument('[scenario]', `a JSON file of options, or one of: ${GALLERY.names().join(', ')}`);
  return addCommonFlags(addFieldFlags(command, FIELDS)).action(latency);
}

async function latency(scenario: string | undefined, flags: CommonFlags, command: Command): Promise<void> {
  const { seed, sweep, jobs, json, csv, out, ...fields } = flags;
  const { stdout, stderr } = process;
  try {
    const given = { ...(scenario === undefined ? {} : GALLERY.read(scenario)), ...fields };
    await latencyCommand(
      { given, seed, sweep, jobs, json, csv, ...(out === undefined ? {} : { out }) },
      { version: packageVersion(), createWorker: threadLatencyWorker, stdout, stderr },
    );
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    command.error(`error: ${error.message}`);
  }
}

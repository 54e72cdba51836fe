import { Command, InvalidArgumentError } from 'commander';
import type { HubSummary, HubView } from '../admin/hub-view.js';
import { DEFAULT_RETENTION } from '../hub-meta.js';
import { bytesOf, bytesText, durationOf, durationText } from './amounts.js';
import { dataDirOption, type Out } from './common.js';
import { type HubAccess, withHubs } from './hub-access.js';

interface Flags {
  dataDir: string;
  keyFile?: string;
  json?: boolean;
  partitions?: number;
  group?: string[];
  retention?: number;
  retentionBytes?: number | null;
}

/** `vigil-event-hub hubs …`: hubs, their consumer groups and their retention, of a hub that runs or that does not. */
export function hubsCommand(out: Out): Command {
  const hubs = new Command('hubs').description(
    'Hubs, their consumer groups and their retention. Talks to the hub that runs in the folder, or works on the folder.',
  );
  for (const command of [...reading(out), ...changing(out)]) hubs.addCommand(command.addOption(dataDirOption()));
  return hubs;
}

function reading(out: Out): Command[] {
  const list = new Command('list')
    .description('Shows what hubs there are.')
    .option('--json', 'as JSON')
    .action(async (flags: Flags) => {
      const all = await access(flags, (hubs) => hubs.list());
      out(flags.json === true ? JSON.stringify(all, null, 2) : all.map(line).join('\n') || 'no hubs yet');
    });
  const inspect = new Command('inspect')
    .description('Shows partitions, open producers and consumers, and how far behind each consumer is.')
    .argument('<hub>')
    .option('--json', 'as JSON')
    .option('--key-file <path>', 'key-encryption keys, for a hub that does not run (default: <data-dir>/kek.json)')
    .action(async (name: string, flags: Flags) => {
      const view = await access(flags, (hubs) => hubs.inspect(name));
      out(flags.json === true ? JSON.stringify(view, null, 2) : page(view));
    });
  return [list, inspect];
}

function changing(out: Out): Command[] {
  const create = new Command('create')
    .description('Makes a hub. The number of partitions can not be changed later.')
    .argument('<hub>')
    .requiredOption('--partitions <number>', '1 to 32', countOf)
    .option('--group <name...>', 'consumer groups besides $Default')
    .option('--retention <duration>', `how long events are kept (default: ${durationText(DEFAULT_RETENTION.ageMs)})`, durationOf)
    .option('--retention-bytes <size>', 'beyond which the oldest events go, e.g. 10GiB (default: none)', bytesOf)
    .action(async (name: string, flags: Flags) => {
      const retention = { ageMs: flags.retention ?? DEFAULT_RETENTION.ageMs, bytes: flags.retentionBytes ?? null };
      const spec = { name, partitions: flags.partitions!, consumerGroups: flags.group ?? [], retention };
      await access(flags, (hubs) => hubs.create(spec), true);
      out(`hub ${name} is made`);
    });
  const addGroup = new Command('add-group')
    .description('Adds a consumer group to a hub.')
    .arguments('<hub> <group>')
    .action(async (name: string, group: string, flags: Flags) => {
      await access(flags, (hubs) => hubs.addGroup(name, group));
      out(`hub ${name} has the consumer group ${group}`);
    });
  const removeGroup = new Command('remove-group')
    .description('Removes a consumer group. Nobody may read in it; the checkpoints of its consumers are theirs and stay.')
    .arguments('<hub> <group>')
    .action(async (name: string, group: string, flags: Flags) => {
      await access(flags, (hubs) => hubs.removeGroup(name, group));
      out(`hub ${name} no longer has the consumer group ${group}`);
    });
  const retention = new Command('retention')
    .description('Changes how long a hub keeps events. What is too old or too much then is deleted within a minute, for good.')
    .argument('<hub>')
    .option('--age <duration>', 'e.g. 7d', durationOf)
    .option('--bytes <size>', 'e.g. 10GiB, or none', bytesOf)
    .action(async (name: string, { age, bytes, ...flags }: Flags & { age?: number; bytes?: number | null }) => {
      const kept = await access(flags, async (hubs) => {
        const now = (await hubs.list()).find((hub) => hub.name === name.toLowerCase())?.retention ?? DEFAULT_RETENTION;
        const next = { ageMs: age ?? now.ageMs, bytes: bytes === undefined ? now.bytes : bytes };
        await hubs.setRetention(name, next);
        return next;
      });
      out(`hub ${name} keeps events for ${durationText(kept.ageMs)}${limitText(kept.bytes)}`);
    });
  return [create, addGroup, removeGroup, retention];
}

function access<T>(flags: Flags, work: (hubs: HubAccess) => Promise<T>, isNewAllowed = false): Promise<T> {
  const onProgress = (text: string): void => void process.stderr.write(`${text}\n`);
  return withHubs(flags.dataDir, { keyFile: flags.keyFile, onProgress, isNewAllowed }, work);
}

function countOf(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is expected');
}

const limitText = (bytes: number | null): string => (bytes === null ? '' : `, at most ${bytesText(bytes)}`);

function line(hub: HubSummary): string {
  const kept = `${durationText(hub.retention.ageMs)}${limitText(hub.retention.bytes)}`;
  return `${hub.name}  ${hub.partitions} partitions  ${bytesText(hub.bytes)}  keeps ${kept}  ${hub.consumerGroups.join(' ')}`;
}

function page(view: HubView): string {
  const partitions = view.partitionStates.flatMap((partition) => [
    `partition ${partition.id}: ${partition.beginSequence} to ${partition.lastSequence}${newest(partition.lastEnqueuedMs)}`,
    ...partition.readers.map((reader) => {
      const epoch = reader.epoch === null ? 'shared' : `epoch ${reader.epoch}`;
      const { group, name, nextSequence, lagEvents, credit } = reader;
      return `  ${group}  ${name}  ${epoch}  next ${nextSequence ?? '?'}  behind ${lagEvents ?? '?'}  credit ${credit}`;
    }),
  ]);
  const producers = view.producers.map(({ name, partition, credit }) => {
    return `producer ${name}  ${partition === null ? 'any partition' : `partition ${partition}`}  credit ${credit}`;
  });
  return [
    line(view),
    `made ${new Date(view.createdMs).toISOString()}, ${view.segments} segments`,
    ...partitions,
    ...producers,
  ].join('\n');
}

const newest = (ms: number | null): string => (ms === null ? '' : `, newest ${new Date(ms).toISOString()}`);

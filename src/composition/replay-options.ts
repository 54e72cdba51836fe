import { type Command, InvalidArgumentError } from 'commander';
import { type Period, WHOLE_LOG } from '../replay/replay.js';
import { replayCommand, toTestCommand } from './replay-command.js';

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly partition?: number;
  readonly fromSequence?: number;
  readonly toSequence?: number;
  readonly compare?: boolean;
  readonly state?: string;
  readonly saveState?: string;
  readonly toTest?: string;
  readonly bed: readonly string[];
  readonly seed?: string;
  readonly out: string;
}

interface Shell {
  readonly dataDir: () => string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}

/** `vigil replay`; exit code 1 when what is stored is not what the log gives. */
export function addReplayCommand(program: Command, { dataDir, env, out, progress }: Shell): void {
  program
    .command('replay')
    .description(
      'read the log through the engine once more; prints the alarm log of a period as JSON lines and holds it against what is ' +
        'stored; changes nothing. Exit code 1 when the two differ',
    )
    .option('--from <time>', 'event time: 2026-03-14T03:17:00Z, with its zone, or milliseconds; the period is half open', time)
    .option('--to <time>', 'event time, in the same form', time)
    .option('--partition <n>', 'with --from-sequence and --to-sequence: a piece of one partition of the log', whole)
    .option('--from-sequence <n>', 'sequence number of the first event', whole)
    .option('--to-sequence <n>', 'sequence number behind the last event', whole)
    .option('--compare', 'hold against vigil.db of the data folder (default where it is)')
    .option('--no-compare', 'only print')
    .option('--state <file>', 'begin with a saved state, where retention has removed the beginning of the log')
    .option('--save-state <file>', 'write the state at the end of the log; it holds what the engine knows of patients')
    .option('--to-test <name>', 'make a test of the period that names nobody; needs --from, --to and --bed')
    .option('--bed <bed>', 'a bed of the test; may be repeated', (bed: string, before: readonly string[]) => [...before, bed], [])
    .option('--seed <text>', 'new names are drawn from it (random)')
    .option('--out <folder>', 'where the test goes', 'test/golden/incidents')
    .action(async (options: Options, command: Command) => {
      const compareIsSet = command.getOptionValueSource('compare') === 'cli';
      if (options.toTest !== undefined) {
        const files = await toTestCommand({ ...toTest(options, options.toTest), dataDir: dataDir(), env, progress });
        for (const file of files) out(file);
        return;
      }
      const { count, comparison } = await replayCommand({
        ...{ dataDir: dataDir(), env, out, progress, period: periodOf(options) },
        ...(compareIsSet ? { compare: options.compare === true } : {}),
        ...(options.state === undefined ? {} : { state: options.state }),
        ...(options.saveState === undefined ? {} : { saveState: options.saveState }),
      });
      progress(`${count} transitions in all`);
      if (comparison !== null && comparison.different > 0) process.exitCode = 1;
    });
}

function toTest({ from, to, bed, seed, out }: Options, name: string) {
  if (from === undefined || to === undefined || bed.length === 0) {
    throw new Error('--to-test needs --from, --to and at least one --bed: the shorter, the better the test');
  }
  if (to <= from) throw new Error('the period is empty: --to has to be later than --from');
  return { name, beds: bed, fromMs: from, toMs: to, folder: out, ...(seed === undefined ? {} : { seed }) };
}

function periodOf({ from, to, partition, fromSequence, toSequence }: Options): Period {
  if ((to ?? Infinity) <= (from ?? 0) || (toSequence ?? Infinity) <= (fromSequence ?? 0)) {
    throw new Error('the period is empty: its end has to be later than its beginning');
  }
  if (fromSequence === undefined && toSequence === undefined && partition === undefined) {
    return from === undefined && to === undefined ? WHOLE_LOG : { fromMs: from ?? 0, toMs: to ?? Infinity };
  }
  if (partition === undefined || from !== undefined || to !== undefined) {
    throw new Error('choose either --from and --to, or --partition with --from-sequence and --to-sequence');
  }
  return { partition, fromSequence: fromSequence ?? 0, toSequence: toSequence ?? Infinity };
}

/** Without a zone it would be that of whoever runs the command: another period on another machine. */
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

function time(text: string): number {
  const ms = /^[0-9]+$/.test(text) ? Number(text) : ZONED.test(text) ? Date.parse(text) : NaN;
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new InvalidArgumentError('a time with its zone: 2026-03-14T03:17:00Z, 2026-03-14T04:17:00+01:00, or milliseconds');
  }
  return ms;
}

function whole(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

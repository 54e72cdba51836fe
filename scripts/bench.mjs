/** `npm run bench`: measurements of the real product on this machine. JSON lines on stdout, progress on stderr. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `npm run bench [-- options]

  --only <name>       only this one; may be given more than once
  --quick             short runs, to see that the benches work; the figures mean little
  --rate <n>          throughput: this many observations a second instead of rising rates
  --beds <n>          latency: a ward of this size instead of 100 and 500; also engine, processor and backup
  --seconds <n>       processor: measured for so long instead of 60
  --busy <n>          processor: so many processes beside it that only take processor time
  --profile <folder>  latency and throughput: each process leaves a CPU profile there
  --help

`;

await main();

async function main() {
  const options = readOptions();
  // Nothing of the caller's own Vigil reaches the measured one; where recorded sets lie may be said.
  for (const name of Object.keys(process.env))
    if (/^(VIGIL_(?!TEST_)|EVENT_HUBS_|FHIR_|OIDC_|SMTP_URL)/.test(name)) delete process.env[name];
  console.log = console.error;
  const { BENCHES } = await import('../test/bench/benches.mjs');
  if (options.help) {
    process.stderr.write(
      HELP +
        Object.values(BENCHES)
          .map(({ about }) => `  ${about}\n`)
          .join(''),
    );
    return;
  }
  const unknown = options.only.find((name) => !(name in BENCHES));
  if (unknown !== undefined) {
    process.stderr.write(`no bench ${unknown}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    process.exit(2);
  }
  const { cleanUp } = await import('../test/bench/lib/cleanup.mjs');
  const stop = () => void cleanUp().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  // Whoever reads the lines has gone, e.g. `head`.
  process.stdout.once('error', stop);
  try {
    for (const name of options.only.length > 0 ? options.only : Object.keys(BENCHES)) await BENCHES[name].run(options);
  } catch (error) {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exitCode = 1;
  }
  await cleanUp();
  process.exit();
}

function readOptions() {
  const string = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  try {
    const { values } = parseArgs({
      options: {
        only: { ...string, multiple: true, default: [] },
        quick: flag,
        rate: string,
        beds: string,
        seconds: string,
        busy: string,
        profile: string,
        help: flag,
      },
    });
    const rate = numberOf(values.rate, '--rate');
    const beds = numberOf(values.beds, '--beds');
    const seconds = numberOf(values.seconds, '--seconds');
    const busy = numberOf(values.busy, '--busy');
    return {
      ...values,
      rate,
      beds,
      seconds,
      busy,
      profileDir: values.profile === undefined ? undefined : resolve(values.profile),
    };
  } catch (error) {
    return refuse(`${error.message}\n\n${HELP}`);
  }
}

function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

function numberOf(text, option) {
  if (text === undefined) return undefined;
  return Number(text) > 0 ? Number(text) : refuse(`${option} takes a number above 0`);
}

/** The benches of single packages, which also run by themselves; their lines are put into the common form. */
import { linesOf } from './lib/lines.mjs';
import { report } from './lib/report.mjs';

export const spool = {
  about: 'spool: gateway and hub alone, publish to log, messages a second and what a PUBACK takes',
  async run({ quick }) {
    const seconds = quick ? 5 : 20;
    for (const { ackedPerSecond, pubackMs, ...rest } of await linesOf('edge-gateway/bench/throughput.mjs', [
      100,
      4000,
      seconds,
    ])) {
      report('spool', ackedPerSecond, 'messages/s', { pubackMs, ...rest });
    }
  },
};

export const hub = {
  about: 'hub: the event hub alone; events/s in and out with the official client and with a raw one, acknowledgements, live',
  async run({ quick }) {
    for (const { what, perSecond, ...rest } of await linesOf(
      'packages/event-hub/bench/throughput.mjs',
      quick ? ['--quick'] : [],
    )) {
      report(`hub.${what.replaceAll(/[ ,-]+/g, '-')}`, perSecond, 'events/s', rest);
    }
  },
};

export const hubRecovery = {
  about: 'hub-recovery: start and memory of the event hub with a log of 1 GiB (--quick: 128 MiB), after a clean stop and kill -9',
  async run({ quick }) {
    const lines = await linesOf('packages/event-hub/bench/recovery.mjs', ['--mib', quick ? 128 : 1024]);
    for (const { what, recoveryMs, perSecond, rssPeakMiB, ...rest } of lines) {
      const name = `hub-recovery.${what.replaceAll(/[ ,-]+/g, '-')}`;
      if (recoveryMs !== undefined) report(name, recoveryMs, 'ms', { rssPeakMiB, ...rest });
      else if (perSecond !== undefined) report(name, perSecond, 'events/s', { rssPeakMiB, ...rest });
      else report(name, rssPeakMiB, 'MiB', rest);
    }
  },
};

export const hubSoak = {
  about:
    'hub-soak: memory and event loop of the event hub over 10 minutes at 5,000 events/s with three groups (--quick: 1 minute)',
  async run({ quick }) {
    for (const { what, rssMiBPerHour, ...rest } of await linesOf('packages/event-hub/bench/soak.mjs', [
      '--minutes',
      quick ? 1 : 10,
    ])) {
      report(`hub-${what}`, rssMiBPerHour, 'MiB of memory per hour', rest);
    }
  },
};

export const send = {
  about: 'send: hub-client, a batch per key against a batch per partition',
  async run() {
    for (const { way, cpuUsPerEvent, ...rest } of await linesOf('packages/hub-client/bench/send-by-key.mjs')) {
      report(`send.${way.replaceAll(' ', '-')}`, cpuUsPerEvent, 'us of CPU per event', rest);
    }
  },
};

export const keys = {
  about: 'keys: sealing and opening single values with keys in memory (warm) and without (cold)',
  async run({ quick }) {
    for (const { what, usPerValue, ...rest } of await linesOf('packages/sealed-records/bench/keyring.mjs', [quick ? 100 : 500])) {
      report(`keys.${what}`, usPerValue, 'us per value', rest);
    }
  },
};

export const access = {
  about: 'access: decisions of `may` and of the treating relation, pure, one core',
  async run({ quick }) {
    for (const { what, perSecond, ...rest } of await linesOf('packages/domain/bench/may.mjs', [quick ? 1 : 5])) {
      report(`access.${what}`, perSecond, 'decisions/s', rest);
    }
  },
};

/** The edge gateway: what publishing costs beside mosquitto, how fast a backlog drains, what memory it takes. */
import { spawnSync } from 'node:child_process';
import { linesOf } from './lib/lines.mjs';
import { progress, report } from './lib/report.mjs';

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

async function publish(name, args, { quick, aim, unit, pick }) {
  for (const line of await linesOf('edge-gateway/bench/publish.mjs', ['--seconds', quick ? 3 : 15, ...args])) {
    report(name, pick(line), unit, { ...line, aim });
  }
}

export const gateway = {
  about: 'gateway: QoS 1 messages/s of 8 readings, PUBACK at 1,000/s, CPU per message; beside mosquitto, which does not fsync',
  async run({ quick }) {
    const brokers = ['sink', 'hub', 'mosquitto'].filter((broker) => broker !== 'mosquitto' || has('mosquitto'));
    if (!brokers.includes('mosquitto')) progress('gateway: no mosquitto on this machine, so nothing to compare with');
    for (const broker of brokers) {
      const most = { quick, unit: 'messages/s', pick: (line) => line.messagesPerSecond };
      await publish(`gateway.publish.${broker}`, ['--broker', broker], broker === 'hub' ? { ...most, aim: 10_000 } : most);
      const p99 = { quick, unit: 'ms', pick: (line) => line.pubackMs.p99 };
      const args = ['--broker', broker, '--rate', 1_000];
      await publish(`gateway.puback-p99.${broker}`, args, broker === 'hub' ? { ...p99, aim: 20 } : p99);
    }
    const tls = ['--broker', 'sink', '--tls'];
    await publish('gateway.publish.sink-mtls', tls, { quick, unit: 'messages/s', pick: (line) => line.messagesPerSecond });
  },
};

export const gatewayDrain = {
  about: 'gateway-drain: readings/s of a backlog on the spool to a local hub, alone and beside 64 live devices',
  async run({ quick }) {
    for (const live of [0, 64]) {
      const args = ['--messages', quick ? 20_000 : 400_000, '--live', live];
      for (const line of await linesOf('edge-gateway/bench/drain.mjs', args)) {
        report(`gateway-drain.${live === 0 ? 'alone' : 'live'}`, line.readingsPerSecond, 'readings/s', { ...line, aim: 60_000 });
      }
    }
  },
};

export const gatewayMemory = {
  about: 'gateway-memory: resident memory of the gateway after 2 minutes of 64 devices of 8 readings a second',
  async run({ quick }) {
    for (const line of await linesOf('edge-gateway/bench/memory.mjs', ['--seconds', quick ? 15 : 120])) {
      report('gateway-memory', line.rssMiB, 'MiB', { ...line, aim: 150 });
    }
  },
};

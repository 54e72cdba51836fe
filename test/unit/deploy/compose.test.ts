import { existsSync } from 'node:fs';
import { parseSettings } from '../../../edge-gateway/src/settings.js';
import { readSettings } from '../../../src/config.js';
import { readHere } from '../../support/anchors.js';
import { base, type Compose, composeWith, environmentOf, example, type Service, text } from '../../support/compose-files.js';
import { openSecrets, unknownSettings, withSecrets } from '../../support/deploy-settings.js';

const compose = composeWith('compose.influx.yaml', 'compose.postgres.yaml', 'compose.roles.yaml');
const services = Object.entries(compose.services);

test.each(services)('%s is closed: no root, nothing to write on, no rights, one version', (_, service) => {
  expect(service).toMatchObject({ network_mode: 'host', read_only: true, cap_drop: ['ALL'], restart: 'unless-stopped' });
  expect(service.security_opt).toContain('no-new-privileges:true');
  expect(service.ports).toBeUndefined();
  expect(service.privileged).toBeUndefined();
  expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(service.image).toMatch(/^[a-z/-]+:v?\d+\.\d+[\d.]*(-[a-z]+)?$/);
  expect(service.mem_limit).toMatch(/^\d+[mg]$/);
});

test.each(['platform', 'watchdog', 'gateway', 'hub'] as const)(
  '%s is told settings that it reads, and secrets as files',
  (part) => {
    const environment = environmentOf(compose.services[part]!);
    expect(unknownSettings(part, environment)).toEqual([]);
    expect(openSecrets(environment)).toEqual([]);
  },
);

test('the platform takes what it is told, and serves other machines by TLS only', () => {
  const settings = readSettings(withSecrets(environmentOf(compose.services['platform']!)));
  expect(settings).toMatchObject({ host: '0.0.0.0', port: 3000, source: 'none', dataDir: '/data' });
  expect(settings.tls).not.toBeNull();
  expect(settings.publicUrl).toMatch(/^https:/);
});

test('the gateway takes its flags, and lets devices of other machines in by certificate only', () => {
  const { command, ...gateway } = compose.services['gateway']!;
  const settings = parseSettings(command!, withSecrets(environmentOf(gateway as Service)));
  expect(settings).toMatchObject({ dataDir: '/data', httpPort: 3001, mqttsPort: 8883, watchHost: '127.0.0.1' });
});

test('what has no TLS listens on this machine only', () => {
  expect(compose.services['hub']!.command!.join(' ')).not.toMatch(/--host/);
  expect(compose.services['prometheus']!.command).toContain('--web.listen-address=127.0.0.1:9090');
  expect(compose.services['grafana']!.environment).toMatchObject({ GF_SERVER_HTTP_ADDR: '127.0.0.1' });
});

test('every secret, volume, file and service that is named is there', () => {
  for (const [name, { secrets = [], volumes, environment = {}, depends_on = {} }] of services) {
    expect([name, secrets.filter((each) => !(each in compose.secrets))]).toEqual([name, []]);
    const asked = Object.values(environment).flatMap((value) => /^\/run\/secrets\/(.+)$/.exec(value ?? '')?.[1] ?? []);
    expect([name, asked.filter((each) => !secrets.includes(each))]).toEqual([name, []]);
    expect([name, Object.keys(depends_on).filter((each) => !(each in compose.services))]).toEqual([name, []]);
    for (const volume of volumes) {
      const [from] = volume.split(':');
      // A folder of the machine is named in `.env`, by whoever has it.
      const given = from!.startsWith('/') ? Object.values(example) : Object.keys(compose.volumes);
      const isThere = from!.startsWith('.')
        ? existsSync(new URL(`../../../deploy/compose/${from}`, import.meta.url))
        : given.includes(from!);
      expect([name, volume, isThere]).toEqual([name, volume, true]);
    }
  }
});

test('the watchdog waits for nobody, and the platform does not need the local log where it is Event Hubs', () => {
  expect(compose.services['watchdog']!.depends_on ?? {}).toEqual({});
  expect(compose.services['platform']!.depends_on).toMatchObject({ hub: { required: false } });
});

test('history goes to InfluxDB where the second file is used, and into the data folder without it', () => {
  const platform = (of: Compose) => readSettings(withSecrets(environmentOf(of.services['platform']!)));
  expect(platform(base).influx).toBeNull();
  expect(platform(compose).influx).toMatchObject({ url: 'http://127.0.0.1:8086', org: 'vigil', bucket: 'vigil' });
  expect(compose.services['influxdb']!.environment).toMatchObject({ INFLUXD_HTTP_BIND_ADDRESS: '127.0.0.1:8086' });
});

test('the store is PostgreSQL where the third file is used: on this machine only, and as safe as it is by itself', () => {
  const postgres = compose.services['postgres']!;
  expect(postgres.command).toContain('listen_addresses=127.0.0.1');
  expect(postgres.command!.join(' ')).not.toMatch(/fsync|synchronous_commit|full_page_writes/);
  expect(environmentOf(compose.services['platform']!)).toMatchObject({ DATABASE_URL_FILE: '/run/secrets/database-url' });
});

test('a back-up knows of the stores elsewhere', () => {
  expect(compose.services['backup']!.environment).toMatchObject({
    INFLUX_URL: 'http://127.0.0.1:8086',
    DATABASE_URL_FILE: '/run/secrets/database-url',
  });
});

test('no secret is in the files that are kept', () => {
  const all = [
    text,
    readHere('deploy/compose/compose.influx.yaml'),
    readHere('deploy/compose/compose.postgres.yaml'),
    readHere('deploy/compose/compose.roles.yaml'),
    readHere('deploy/compose/.env.example'),
  ].join('\n');
  expect(all).not.toMatch(/SharedAccessKey=|PASSWORD: |whsec_|BEGIN [A-Z ]*PRIVATE KEY/);
});

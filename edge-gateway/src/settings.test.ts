import { parseSettings, SettingsError } from './settings.js';

const env = { EVENT_HUBS_CONNECTION_STRING: 'Endpoint=sb://x/;SharedAccessKey=SECRET' };

test('every setting has a default but the log', () => {
  expect(parseSettings([], env)).toMatchObject({
    dataDir: '.vigil/gateway',
    gatewayId: 'gw-1',
    mqttPort: 1883,
    httpPort: 3001,
    devices: '.vigil/gateway/devices.json',
    hubName: 'vigil',
    speed: 1,
    spoolMaxBytes: 2_147_483_648,
  });
  expect(() => parseSettings([], {})).toThrow(/EVENT_HUBS_CONNECTION_STRING/);
});

test('flags are taken, with their units', () => {
  const argv = [
    '--data-dir',
    'd',
    '--mqtt-port',
    '0',
    '--speed',
    '60',
    '--clock-dir',
    'c',
    '--config-url',
    'http://127.0.0.1:3000/x',
  ];
  expect(parseSettings(argv, env)).toMatchObject({ dataDir: 'd', mqttPort: 0, speed: 60, clockDir: 'c' });
});

test.each([
  [['--mqtt-port', 'x'], /mqttPort/],
  [['--gateway-id', 'No Good'], /gatewayId/],
  [['--spool-max-bytes', '5'], /spoolMaxBytes/],
  [['--speed', '60'], /--clock-dir/],
])('%j is refused in one line without secrets', (argv, says) => {
  const parse = () => parseSettings(argv, env);
  expect(parse).toThrow(SettingsError);
  expect(parse).toThrow(says);
  expect(parse).not.toThrow(/SECRET/);
});

test.each<[string, boolean]>([
  ['http://127.0.0.1:3000/config', true],
  ['http://localhost:3000/config', true],
  ['http://[::1]:3000/config', true],
  ['https://vigil.ward.example/config', true],
  ['http://vigil.ward.example/config', false],
  ['http://127.evil.example/config', false],
  ['http://localhost@evil.example/config', false],
  ['file:///config', false],
])('beds are asked for at %s: %s, because token and beds go over the network', (url, isTaken) => {
  const parse = (): unknown => parseSettings(['--config-url', url], env);
  if (isTaken) expect(parse).not.toThrow();
  else expect(parse).toThrow(/^--config-url must begin with https, unless the platform runs on this machine$/);
});

test('a connection without TLS to another machine is refused in one line without secrets', () => {
  const plain = (host: string): object => ({
    EVENT_HUBS_CONNECTION_STRING: `Endpoint=sb://${host}/;SharedAccessKeyName=gateway;SharedAccessKey=SECRET;UseDevelopmentEmulator=true`,
  });
  expect(parseSettings([], { ...plain('127.0.0.1:5672') }).connectionString).toContain('127.0.0.1');
  const parse = () => parseSettings([], { ...plain('hub.ward.example') });
  expect(parse).toThrow(SettingsError);
  expect(parse).toThrow(/^EVENT_HUBS_CONNECTION_STRING asks for a connection without TLS to another machine/);
  expect(parse).not.toThrow(/SECRET/);
});

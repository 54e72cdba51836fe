import { SettingsError } from '../config.js';
import { hubNamespace } from './hub-namespace.js';

const KEY = 'SharedAccessKeyName=platform;SharedAccessKey=SECRET';

test.each([
  ['sb://127.0.0.1:5672/', ';UseDevelopmentEmulator=true', '127.0.0.1'],
  ['sb://hub.ward.example:5671/', '', 'hub.ward.example'],
  ['sb://ward.servicebus.windows.net/', '', 'ward.servicebus.windows.net'],
])('the namespace at %s has no port in its name', (endpoint, more, expected) => {
  expect(hubNamespace(`Endpoint=${endpoint};${KEY}${more}`)).toBe(expected);
});

test.each([
  [`Endpoint=sb://10.0.0.5:5672/;${KEY};UseDevelopmentEmulator=true`, /without TLS to another machine/],
  ['vigil', /is no connection string/],
])('a platform does not start with %s', (text, says) => {
  const open = () => hubNamespace(text);
  expect(open).toThrow(SettingsError);
  expect(open).toThrow(says);
  expect(open).not.toThrow(/SECRET/);
});

import { connectionProblem } from './connection-string.js';

const KEY = 'SharedAccessKeyName=a;SharedAccessKey=SECRET=';
const plainTo = (host: string): string => `Endpoint=sb://${host}/;${KEY};UseDevelopmentEmulator=true`;

test.each([
  plainTo('127.0.0.1:5672'),
  plainTo('127.0.0.1'),
  plainTo('localhost:1'),
  plainTo('LOCALHOST'),
  plainTo('[::1]:5672'),
  `Endpoint=sb://hub.ward.example:5671/;${KEY}`,
  `Endpoint=sb://ward.servicebus.windows.net/;${KEY};EntityPath=vigil`,
  `Endpoint=sb://hub.ward.example/;${KEY};UseDevelopmentEmulator=false`,
])('%s may be used', (connection) => {
  expect(connectionProblem(connection)).toBeNull();
});

test.each([
  plainTo('hub.ward.example:5672'),
  plainTo('10.0.0.5'),
  plainTo('0.0.0.0:5672'),
  plainTo('127.evil.example'),
  plainTo('localhost.evil.example'),
  plainTo('localhost@evil.example'),
  plainTo('[fe80::1]:5672'),
  plainTo('evil.example/://[::1]'),
  plainTo('127.0.0.1/://evil.example'),
  plainTo('localhost://evil.example:5672'),
  ` Endpoint = sb://hub/ ;${KEY}; usedevelopmentemulator = True `,
  `Endpoint=sb://127.0.0.1/;${KEY};UseDevelopmentEmulator=true;Endpoint=sb://hub/`,
])('%s is refused: no TLS to another machine', (connection) => {
  expect(connectionProblem(connection)).toMatch(/without TLS to another machine .*: leave that part out/);
  expect(connectionProblem(connection)).not.toMatch(/SECRET|evil/);
});

test.each(['', 'vigil', 'Endpoint=', 'Endpoint=sb://;x=y', `${KEY};UseDevelopmentEmulator=true`])(
  '%j is no connection string',
  (text) => {
    expect(connectionProblem(text)).toMatch(/is no connection string/);
  },
);

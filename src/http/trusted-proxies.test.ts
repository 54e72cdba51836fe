import fastify from 'fastify';
import { TrustedProxies } from './trusted-proxies.js';

const asked = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
});

describe('who asks through a proxy', () => {
  const ours = ['127.0.0.1', '10.0.0.7', 'fd00::7'];

  test.each([
    ['nobody in between', '10.1.2.3', undefined, '10.1.2.3'],
    ['a stranger who names somebody else is himself', '10.1.2.3', '192.0.2.1', '10.1.2.3'],
    ['what our proxy says counts', '127.0.0.1', '10.1.2.3', '10.1.2.3'],
    ['what a client told the proxy does not', '127.0.0.1', '192.0.2.1, 10.1.2.3', '10.1.2.3'],
    ['two proxies of ours', '127.0.0.1', '10.1.2.3, 10.0.0.7', '10.1.2.3'],
    ['by IPv6', 'fd00::7', '2001:db8::5', '2001:db8::5'],
    ['as a socket for both kinds shows it', '::ffff:127.0.0.1', '10.1.2.3', '10.1.2.3'],
    ['what is no address is not believed', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['our proxy that says nothing', '127.0.0.1', undefined, '127.0.0.1'],
  ])('%s', async (_, remote, forwarded, client) => {
    const proxies = new TrustedProxies(ours);
    expect(proxies.clientOf(asked(remote, forwarded))).toBe(client);
    // Requests and sockets count for the same address, or a bound could be had twice.
    const app = fastify({ trustProxy: proxies.trust });
    app.get('/', (request) => ({ ip: request.ip }));
    const answer = await app.inject({ url: '/', remoteAddress: remote, headers: asked(remote, forwarded).headers });
    if (forwarded !== 'unknown') expect(answer.json()).toEqual({ ip: client });
    await app.close();
  });

  test('without proxies nobody is believed', () => {
    const none = new TrustedProxies();
    expect(none.trust).toBe(false);
    expect(none.clientOf(asked('127.0.0.1', '192.0.2.1'))).toBe('127.0.0.1');
  });
});

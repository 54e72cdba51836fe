import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../server-config.js';

export const CSP_REPORTS_PATH = '/api/v1/csp-reports';

/** What a page of ours has no use for, so that nothing that got into it has either. */
const DENIED_FEATURES = [
  'accelerometer',
  'browsing-topics',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'serial',
  'usb',
  'xr-spatial-tracking',
];
/** Alarm sounds, a wall screen that stays on, and passkeys: for our own pages, never for a frame. */
const OWN_FEATURES = ['autoplay', 'fullscreen', 'publickey-credentials-create', 'publickey-credentials-get', 'screen-wake-lock'];

export const PERMISSIONS_POLICY = [
  ...DENIED_FEATURES.map((name) => `${name}=()`),
  ...OWN_FEATURES.map((name) => `${name}=(self)`),
].join(', ');

/**
 * The content policy of every answer. Nothing is allowed that is not named; no inline script or style, no eval, and
 * no string becomes markup (Trusted Types; the two policies make the addresses of workers). `'self'` covers sockets in browsers of today; the
 * socket's origin is named for those in which it does not.
 *
 * Source: CSP Level 3; OWASP Content Security Policy Cheat Sheet.
 *
 * @param publicOrigin e.g. `https://vigil.example`
 */
export function contentPolicy(publicOrigin: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "script-src-attr 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${publicOrigin.replace(/^http/, 'ws')}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The addresses of the service worker (packages/dashboard/src/live/push-api.ts) and of the worker that says FROZEN (dead-man.ts).
    'trusted-types vigil-service-worker vigil-dead-man',
    `report-uri ${CSP_REPORTS_PATH}`,
    // Chromium forgets `report-uri` where it sees this one, and sends nothing at all when the page has no TLS.
    ...(publicOrigin.startsWith('https:') ? ['report-to csp'] : []),
  ].join('; ');
}

/** Security headers on every answer of the HTTP server, errors and static files included. */
export async function addSecurityHeaders(fastify: FastifyInstance, config: ServerConfig): Promise<void> {
  await fastify.register(helmet, {
    // Written below: it names the port, which is not known before the server listens.
    contentSecurityPolicy: false,
    strictTransportSecurity: config.secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const { publicOrigin } = config;
    void reply.headers({
      'content-security-policy': contentPolicy(publicOrigin),
      'permissions-policy': PERMISSIONS_POLICY,
    });
    if (config.secure) void reply.header('reporting-endpoints', `csp="${publicOrigin}${CSP_REPORTS_PATH}"`);
    // Assets say otherwise for themselves: their names carry a hash of their content.
    if (!/^\/assets\//.test(request.raw.url ?? '')) void reply.header('cache-control', 'no-store');
    done();
  });
}

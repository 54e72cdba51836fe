import { readFileSync } from 'node:fs';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { isService } from '../access/service-tokens.js';
import { serveSignOnPage } from '../access/sign-on-page.js';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import { SiteProcesses } from '../health/site-processes.js';
import { serveStatus } from '../health/status/serve-status.js';
import type { StatusSources } from '../health/status/status-facts.js';
import { addBodyParsers } from '../http/body-parsers.js';
import { TooManyAttempts } from '../http/invalid-request.js';
import { INTENDED_USE, openApiDocument } from '../http/openapi.js';
import { asyncApiDocument } from '../live/async-api.js';
import { MethodNotAllowed, RouteMethods } from '../http/other-methods.js';
import { isPlainPath, URL_CHARS_MAX } from '../http/plain-path.js';
import { RequestLimits } from '../http/request-limits.js';
import { addSecurityHeaders } from '../http/security-headers.js';
import { clientError, frameworkError, limitBody, limitServer, NODE_LIMITS, SERVER_LIMITS } from '../http/server-limits.js';
import { serveDashboard } from '../http/static-files.js';
import { AppClock } from '../ports/app-clock.js';
import { AppModule, type AppOptions } from './app.module.js';

/** The platform's app, ready to listen. Nothing of it depends on a port number until `listen`. */
export async function createApp(options: AppOptions, logger: LoggerService | false): Promise<NestFastifyApplication> {
  const { config } = options;
  const { tls } = config.settings;
  const adapter = new FastifyAdapter({
    ...SERVER_LIMITS,
    trustProxy: config.proxies.trust,
    frameworkErrors: frameworkError,
    clientErrorHandler: clientError,
    ...(tls === null ? { http: NODE_LIMITS } : { https: { ...NODE_LIMITS, ...tlsOptions(tls) } }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.from(options), adapter, {
    logger,
    bodyParser: false,
    // An error is for whoever called this to report, in one line.
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  limitServer(fastify.server);
  await addSecurityHeaders(fastify, config);
  measure(fastify, app.get(Metrics));
  refuseEarly(fastify, app);
  addBodyParsers(fastify);
  fastify.get('/openapi.json', () => document);
  const live = asyncApiDocument(config.buildId, INTENDED_USE);
  fastify.get('/asyncapi.json', () => live);
  serveSignOnPage(fastify);
  serveStatus(fastify, statusSources(app, config), (authorization) => isService(options.services, authorization));
  if (config.dashboardDir !== null) await serveDashboard(fastify, config.dashboardDir);
  const document = openApiDocument(app, config.buildId);
  await app.init();
  return app;
}

/** Where the status page has what it shows. */
export function statusSources(
  app: Pick<INestApplicationContext, 'get'>,
  { settings, buildId }: AppOptions['config'],
): StatusSources {
  return {
    readiness: app.get(Readiness),
    metrics: app.get(Metrics),
    processes: app.get(SiteProcesses),
    clock: app.get(AppClock),
    self: { role: settings.role, buildId },
    runbookUrl: settings.runbookUrl,
  };
}

/** What is refused before anybody looks at who sent it: odd paths and methods, and more requests than an address may make. */
function refuseEarly(fastify: FastifyInstance, app: NestFastifyApplication): void {
  const limits = app.get(RequestLimits);
  const clock = app.get(AppClock);
  const metrics = app.get(Metrics);
  const methods = new RouteMethods();
  fastify.addHook('onRoute', (route) => {
    limitBody(route);
    methods.add(route);
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    const url = request.raw.url ?? '';
    if (!isPlainPath(url)) {
      metrics.requestRefused('path');
      done(Object.assign(new Error('no such path'), { statusCode: url.length > URL_CHARS_MAX ? 414 : 404 }));
      return;
    }
    const waitMs = limits.address(request.ip, request.routeOptions.url ?? 'none', clock.wallMs());
    if (waitMs > 0) metrics.requestRefused('address-rate');
    const allowed = methods.refusal(url, request.method, request.is404);
    if (waitMs > 0) done(new TooManyAttempts(waitMs));
    else done(allowed === null ? undefined : new MethodNotAllowed(allowed));
  });
}

function measure(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.request(request.method, request.routeOptions.url ?? 'none', reply.statusCode, reply.elapsedTime);
    done();
  });
}

function tlsOptions({ certFile, keyFile }: { certFile: string; keyFile: string }): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
}

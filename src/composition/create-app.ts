import { readFileSync } from 'node:fs';
import helmet from '@fastify/helmet';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Metrics } from '../health/metrics.js';
import { answerTo } from '../http/problem.js';
import { openApiDocument } from '../http/openapi.js';
import { serveDashboard } from '../http/static-files.js';
import type { ServerConfig } from '../server-config.js';
import { AppModule, type AppOptions } from './app.module.js';

const BODY_BYTES_MAX = 256 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** The platform's app, ready to listen. Nothing of it depends on a port number until `listen`. */
export async function createApp(options: AppOptions, logger: LoggerService | false): Promise<NestFastifyApplication> {
  const { config } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    // No proxy is believed: an address in a header can be anybody's.
    trustProxy: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      const { problem } = answerTo(error);
      void reply
        .status(problem.status)
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(JSON.stringify(problem));
    },
    ...(config.settings.tls === null ? {} : { https: tlsOptions(config.settings.tls) }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.from(options), adapter, {
    logger,
    bodyParser: false,
    // An error is for whoever called this to report, in one line.
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  await secure(fastify, config);
  measure(fastify, app.get(Metrics));
  // Bodies are JSON; a form of another site could send text without being asked for leave.
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(Object.assign(new Error('unsupported media type'), { statusCode: 415 }));
  });
  fastify.get('/openapi.json', () => document);
  if (config.dashboardDir !== null) await serveDashboard(fastify, config.dashboardDir);
  const document = openApiDocument(app, config.buildId);
  await app.init();
  return app;
}

async function secure(fastify: FastifyInstance, config: ServerConfig): Promise<void> {
  await fastify.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'connect-src': ["'self'", 'ws:', 'wss:'],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: config.secure,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    // What the API answers is never kept by a browser or a proxy; pages and assets say for themselves.
    if (/^\/(api|health|metrics)(\/|\?|$)/.test(request.raw.url ?? '')) void reply.header('cache-control', 'no-store');
    done();
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

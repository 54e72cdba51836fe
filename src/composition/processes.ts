import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Metrics } from '../health/metrics.js';
import { Readiness } from '../health/readiness.js';
import type { AppOptions } from './app.module.js';
import { createApp, statusSources } from './create-app.js';
import { serveWorkerHealth } from './worker-health.js';
import { WorkerModule } from './worker.module.js';

export interface RunningApp {
  get: INestApplicationContext['get'];
  close(): Promise<void>;
}

/** A process whose parts are there; `listen` starts to answer, and answers the port. */
export interface Process {
  readonly app: RunningApp;
  listen(): Promise<number>;
}

/** A process with an API. */
export async function apiProcess(options: AppOptions, logger: LoggerService): Promise<Process> {
  const app = await createApp(options, logger);
  const { port, host } = options.config.settings;
  const listen = async (): Promise<number> => {
    await app.listen(port, host);
    return (app.getHttpServer().address() as AddressInfo).port;
  };
  return { app, listen };
}

/** A process without one: it serves its health and its metrics. */
export async function workerProcess(options: AppOptions, logger: LoggerService): Promise<Process> {
  const { settings } = options.config;
  const context = await NestFactory.createApplicationContext(WorkerModule.from(options), { logger, abortOnError: false });
  let health: Server | null = null;
  const app: RunningApp = {
    get: context.get.bind(context),
    close: async () => {
      health?.close();
      await context.close();
    },
  };
  const listen = async (): Promise<number> => {
    const [readiness, metrics] = [context.get(Readiness), context.get(Metrics)];
    const status = statusSources(context, options.config);
    const served = await serveWorkerHealth({ settings, readiness, metrics, services: options.services, status });
    health = served.server;
    return served.port;
  };
  return { app, listen };
}

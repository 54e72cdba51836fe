import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export interface Route {
  /** Lower case. */
  readonly verb: string;
  /** As the OpenAPI document has it: `/api/v1/beds/{bedId}`. */
  readonly path: string;
  readonly handler: object;
  readonly controller: object;
}

/** Every route that a controller of the app has, from Nest itself. */
export function routesOf(app: NestFastifyApplication): readonly Route[] {
  const found: Route[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const base = Reflect.getMetadata(PATH_METADATA, metatype) as string;
      for (const name of Object.getOwnPropertyNames(metatype.prototype)) {
        const handler = (metatype.prototype as Record<string, unknown>)[name];
        if (name === 'constructor' || typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) continue;
        const path = `/${base}/${Reflect.getMetadata(PATH_METADATA, handler) as string}`
          .replace(/\/+/g, '/')
          .replace(/(.)\/$/, '$1');
        const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number]!.toLowerCase();
        found.push({ verb, path: path.replace(/:(\w+)/g, '{$1}'), handler, controller: metatype });
      }
    }
  }
  return found;
}

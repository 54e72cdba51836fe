import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { SESSION_COOKIE, STATION_COOKIE } from '../access/tokens.js';
import { jsonSchemas } from './schemas.js';

/** Said wherever the platform introduces itself (architecture.md, "Intended use"). */
export const INTENDED_USE =
  'Vigil is a secondary alarm notification and display system. It supplements the bedside monitor, which stays the primary alarm, and is never the sole source of alarms. It is not a cleared medical device.';

/** The OpenAPI 3.1 document of every route that the app has. */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Vigil')
    .setVersion(version)
    .setDescription(
      `${INTENDED_USE}\n\nTimes are epoch milliseconds. Lists answer \`{items, next}\`; \`next\` goes into \`?cursor=\`. Errors are problem+json (RFC 9457).`,
    )
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addCookieAuth(SESSION_COOKIE, { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE }, 'session')
    .addCookieAuth(STATION_COOKIE, { type: 'apiKey', in: 'cookie', name: STATION_COOKIE }, 'station')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
  });
  document.components = {
    ...document.components,
    schemas: jsonSchemas() as NonNullable<OpenAPIObject['components']>['schemas'] & object,
  };
  return document;
}

import type { Api } from '../flow/api-fixture.js';

export interface ApiRoute {
  readonly method: string;
  /** As in the document: `/api/v1/beds/{bedId}`. */
  readonly path: string;
  /** The path with ids that exist where the fixture has some. */
  readonly filled: string;
  readonly hasBody: boolean;
}

const SAMPLES: Readonly<Record<string, string>> = {
  bedId: 'icu-1',
  patientId: 'pat-1',
  encounterId: 'enc-1',
  staffId: 'ben',
  careUnitId: 'icu',
  gatewayId: 'gw-1',
  alarmId: 'b'.repeat(26),
  token: 't'.repeat(43),
};

/** Every route of the API, from its own document, so that a new one is attacked without anybody thinking of it. */
export async function apiRoutes(api: Pick<Api, 'call'>): Promise<readonly ApiRoute[]> {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = body.paths as Record<string, Record<string, { requestBody?: unknown }>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      filled: path.replace(/\{(\w+)\}/g, (_, name: string) => SAMPLES[name] ?? 'x'.repeat(16)),
      hasBody: operation.requestBody !== undefined,
    })),
  );
}

export const isUnsafe = ({ method }: ApiRoute): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);

import { z } from 'zod';
import { EhrRefused, EhrUnavailable, type FhirResource, FhirServer } from '../../ports/fhir-server.js';
import type { FhirHttp } from './fhir-http.js';
import { keepSubscribed } from './subscriptions.js';

/** Pages of one search, and entries of one page: more is no answer but a fault. */
const PAGES_MAX = 1_000;
const ENTRIES_MAX = 2_000;
const TYPE = /^[A-Z][A-Za-z]{1,40}$/;
const GONE: ReadonlySet<number> = new Set([404, 410]);

const Bundle = z.object({
  resourceType: z.literal('Bundle'),
  link: z
    .array(z.object({ relation: z.string(), url: z.string().max(8_192) }))
    .max(20)
    .default([]),
  entry: z
    .array(
      z.object({
        resource: z.looseObject({ resourceType: z.string() }).optional(),
        search: z.object({ mode: z.string().optional() }).optional(),
      }),
    )
    .max(ENTRIES_MAX)
    .default([]),
});

/** Whether it may stand in a path. Source: FHIR R4, datatypes, `id`; only dots would be a way up. */
export function isFhirId(id: string): boolean {
  return /^[A-Za-z0-9.-]{1,64}$/.test(id) && !/^\.+$/.test(id);
}

/** A FHIR R4 server over HTTP, by fhir-kit-client on our own way of sending (fhir-http.ts). */
export class HttpFhirServer extends FhirServer {
  constructor(private readonly http: FhirHttp) {
    super();
  }

  override async *search(
    type: string,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncGenerator<FhirResource> {
    const { kit } = this.http;
    // What names a person belongs into no URL, because servers and proxies write these down.
    const postSearch = Object.keys(params).some((name) => !name.startsWith('_'));
    const seen = new Set<string>();
    let page: unknown = await kit.resourceSearch({
      resourceType: type,
      searchParams: { ...params },
      options: { signal, postSearch },
    });
    for (;;) {
      const bundle = bundleOf(page);
      yield* matchesOf(bundle, type);
      const next = bundle.link.find(({ relation }) => relation === 'next')?.url;
      if (next === undefined) return;
      // A link that leads back would never end.
      if (seen.has(next) || seen.size >= PAGES_MAX) throw new EhrUnavailable('not-fhir');
      seen.add(next);
      page = await kit.nextPage({ bundle: { resourceType: 'Bundle', link: bundle.link }, options: { signal } });
    }
  }

  override async read(type: string, id: string, signal: AbortSignal): Promise<FhirResource | null> {
    if (!isFhirId(id) || !TYPE.test(type)) return null;
    try {
      const resource = await this.http.kit.read({ resourceType: type, id, options: { signal } });
      if (resource.resourceType !== type || resource['id'] !== id) throw new EhrUnavailable('not-fhir');
      return resource;
    } catch (error) {
      if (error instanceof EhrRefused && GONE.has(error.status)) return null;
      throw error;
    }
  }

  override keepSubscribed(
    types: readonly string[],
    hint: { readonly url: string; readonly bearer: string },
    signal: AbortSignal,
  ): Promise<'active' | 'requested' | 'not-there'> {
    return keepSubscribed(this.http, (type, params) => this.search(type, params, signal), { types, ...hint }, signal);
  }
}

function bundleOf(page: unknown): z.infer<typeof Bundle> {
  const bundle = Bundle.safeParse(page);
  if (!bundle.success) throw new EhrUnavailable('not-fhir');
  return bundle.data;
}

/** What was asked for, without what the server adds of its own (`include`, `outcome`). */
function matchesOf(bundle: z.infer<typeof Bundle>, type: string): readonly FhirResource[] {
  const matches = bundle.entry.flatMap(({ resource, search }) =>
    resource === undefined || (search?.mode ?? 'match') !== 'match' ? [] : [resource],
  );
  if (matches.some(({ resourceType }) => resourceType !== type)) throw new EhrUnavailable('not-fhir');
  return matches;
}

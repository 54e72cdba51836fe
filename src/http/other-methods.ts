import type { RouteOptions } from 'fastify';

/** A path that is there and does not take this method: 405, with the methods that it takes (RFC 9110, section 15.5.6). */
export class MethodNotAllowed extends Error {
  readonly statusCode = 405;

  constructor(readonly allow: readonly string[]) {
    super('method not allowed');
  }
}

interface Entry {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Which methods each path takes. Fastify answers 404 for a path that has another method only, which sends whoever
 * mistook the method to look for the path.
 */
export class RouteMethods {
  private readonly entries = new Map<string, Entry>();

  /** For Fastify's `onRoute`. Wildcards are left out: files have no methods of their own. */
  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    if (url.includes('*')) return;
    const entry = this.entries.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const each of [method].flat()) entry.methods.add(each.toUpperCase());
    this.entries.set(url, entry);
  }

  /**
   * Methods to name in a refusal, or null where there is none. A path of its own, like `/break-glass/mine`, is never taken
   * for the id of `/break-glass/:grantId`.
   *
   * @param url as in the request line
   * @param isUnknown the router has nothing for this path and method
   */
  refusal(url: string, method: string, isUnknown: boolean): readonly string[] | null {
    const path = url.split(/[?#]/, 1)[0]!;
    const exact = this.entries.get(path);
    if (exact !== undefined) return exact.methods.has(method) ? null : [...exact.methods].sort();
    if (!isUnknown) return null;
    const methods = [...this.entries.values()].flatMap((entry) => (entry.pattern.test(path) ? [...entry.methods] : []));
    return methods.length === 0 ? null : [...new Set(methods)].sort();
  }
}

/** `/beds/:bedId` as an expression: a parameter is one segment. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}

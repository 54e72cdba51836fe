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

  /** Methods that the path takes; empty where there is no such path. @param url as in the request line */
  of(url: string): readonly string[] {
    const path = url.split(/[?#]/, 1)[0]!;
    const entries = [...this.entries.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(entries.flatMap(({ methods }) => [...methods]))].sort();
  }
}

/** `/beds/:bedId` as an expression: a parameter is one segment. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}

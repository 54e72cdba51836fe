/** What an address or an audience names. Names compare without case, as at the service. */
export type Entity =
  | { readonly kind: 'namespace' }
  | { readonly kind: 'cbs' }
  | { readonly kind: 'management'; readonly hub: string | null }
  | { readonly kind: 'hub'; readonly hub: string }
  | { readonly kind: 'partition'; readonly hub: string; readonly partition: string }
  | { readonly kind: 'group'; readonly hub: string; readonly group: string }
  | { readonly kind: 'groupPartition'; readonly hub: string; readonly group: string; readonly partition: string };

const SCHEME_AND_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;

/**
 * The path of an address or audience in lower case, segment by segment. Clients may put a scheme and a host in
 * front; these are dropped, the hub answers for whatever name it was reached by.
 */
export function pathSegments(address: string): readonly string[] {
  return address
    .replace(SCHEME_AND_HOST, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => segment.toLowerCase());
}

/** Reads an address or audience; null when it has none of the known forms. */
export function parseEntity(address: string): Entity | null {
  const path = pathSegments(address);
  const [hub, word, name, word2, partition] = path;
  if (hub === undefined) return { kind: 'namespace' };
  if (hub === '$cbs' && path.length === 1) return { kind: 'cbs' };
  if (hub === '$management' && path.length === 1) return { kind: 'management', hub: null };
  if (path.length === 1) return { kind: 'hub', hub };
  if (path.length === 2 && word === '$management') return { kind: 'management', hub };
  if (path.length === 3 && word === 'partitions') return { kind: 'partition', hub, partition: name! };
  if (path.length === 3 && word === 'consumergroups') return { kind: 'group', hub, group: name! };
  if (path.length === 5 && word === 'consumergroups' && word2 === 'partitions') {
    return { kind: 'groupPartition', hub, group: name!, partition: partition! };
  }
  return null;
}

/** Is `path` at or below `scope`? Compared by whole segments: `hub1` does not contain `hub10`. */
export function isWithin(scope: readonly string[], path: readonly string[]): boolean {
  return scope.length <= path.length && scope.every((segment, i) => segment === path[i]);
}

import { type FhirResource, FhirSink, type OutResource, type PutOutcome, type SendOutcome } from '../../src/ports/fhir-server.js';

/** A FHIR server in memory, as far as sending needs one: conditional creates, puts by version, searches by whose it is. */
export class FakeEhr extends FhirSink {
  readonly stored = new Map<string, FhirResource>();
  /** Resources of each request so far. */
  readonly requests: number[] = [];
  away = false;
  /** Answers instead of storing, for those that it is asked for. */
  refuses: (resource: FhirResource) => { readonly status: number; readonly issue: string } | null = () => null;
  /** Runs before each request is answered. */
  work: () => Promise<void> = () => Promise.resolve();
  /** Names that are in a request now; none may be in two. */
  private readonly inWork = new Set<string>();
  private ids = 0;

  override async send(batch: readonly OutResource[], signal: AbortSignal): Promise<readonly SendOutcome[]> {
    for (const { identity } of batch) {
      if (this.inWork.has(identity)) throw new Error(`${identity} is in two requests`);
      this.inWork.add(identity);
    }
    try {
      await this.work();
      signal.throwIfAborted();
      this.requests.push(batch.length);
      return batch.map((each) => this.create(each));
    } finally {
      for (const { identity } of batch) this.inWork.delete(identity);
    }
  }

  private create({ identity, resource }: OutResource): SendOutcome {
    if (this.away) return { is: 'later', waitMs: 1_000, why: 'http-503' };
    const refusal = this.refuses(resource);
    if (refusal !== null) return { is: 'refused', ...refusal };
    const name = `${resource.resourceType}|${identity}`;
    const known = [...this.stored.values()].find((each) => nameOf(each) === name);
    if (known !== undefined) return { is: 'there-already', serverId: String(known['id']) };
    const id = String(++this.ids);
    this.stored.set(`${resource.resourceType}/${id}`, { ...resource, id, meta: { versionId: '1' } });
    return { is: 'stored', serverId: id };
  }

  override put(resource: FhirResource, ifVersion: string | null): Promise<PutOutcome> {
    const key = `${resource.resourceType}/${String(resource['id'])}`;
    const version = (this.stored.get(key)?.['meta'] as { readonly versionId: string } | undefined)?.versionId ?? '0';
    if (ifVersion !== null && ifVersion !== version) return Promise.resolve({ is: 'moved' });
    this.stored.set(key, { ...resource, meta: { versionId: String(Number(version) + 1) } });
    return Promise.resolve({ is: 'stored' });
  }

  async *search(type: string, params: Readonly<Record<string, string>>): AsyncGenerator<FhirResource> {
    const whose = params['encounter'] ?? params['subject'];
    await Promise.resolve();
    for (const each of [...this.stored.values()]) {
      if (each.resourceType !== type) continue;
      const isWhose = whose === undefined || refOf(each, 'encounter') === whose || refOf(each, 'subject') === whose;
      const isNamed = type !== 'Device' || `urn:vigil:device|${identifierOf(each)}` === params['identifier'];
      if (isWhose && isNamed) yield each;
    }
  }

  /** What it has of this type, as `patient value status`, in the order in which it came. */
  observations(status = 'final'): readonly string[] {
    return [...this.stored.values()].flatMap((each) => {
      if (each.resourceType !== 'Observation' || each['status'] !== status) return [];
      const value = (each['valueQuantity'] as { readonly value: number } | undefined)?.value ?? each['valueInteger'] ?? 'several';
      return [`${refOf(each, 'subject')} ${String(value)}`];
    });
  }

  get count(): number {
    return [...this.stored.values()].filter(({ resourceType }) => resourceType === 'Observation').length;
  }
}

function refOf(resource: FhirResource, name: string): string | undefined {
  return (resource[name] as { readonly reference?: string } | undefined)?.reference;
}

function identifierOf(resource: FhirResource): string {
  return (resource['identifier'] as readonly { readonly value: string }[])[0]!.value;
}

function nameOf(resource: FhirResource): string {
  return `${resource.resourceType}|${identifierOf(resource)}`;
}

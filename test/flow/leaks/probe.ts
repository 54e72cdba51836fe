import type { Stack } from '../../support/stack.js';
import { Canaries, type Hit } from '../../support/canaries.js';

const ANSWER_WITHIN_MS = 15_000;

export interface Ask {
  readonly as?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** True where nobody may read a patient or a secret in the answer either, whatever its status. */
  readonly keep?: boolean;
}

export interface Answered {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the flows look at answers of every form
  readonly body: any;
}

/**
 * Keeps what comes out of a running Vigil where no patient and no secret may be: every line of its processes, every
 * header and every refusal of its API, and what a flow hands it. Looks through all of it at the end, because some secrets
 * are known only then.
 */
export class Probe {
  readonly canaries = new Canaries();
  private readonly kept = new Map<string, string[]>();
  private hits: Hit[] = [];
  asked = 0;

  keep(place: string, text: string): void {
    const texts = this.kept.get(place) ?? [];
    if (texts.length === 0) this.kept.set(place, texts);
    texts.push(text);
  }

  /** Looks through a folder now, with the canaries that are known now. */
  keepFolder(folder: string, label: string): void {
    this.hits.push(...this.canaries.inFolder(folder, label));
  }

  /** Everything that was kept; looking twice gives the same. */
  found(): readonly Hit[] {
    return [...this.hits, ...[...this.kept].flatMap(([place, texts]) => this.canaries.in(place, texts.join('\n')))];
  }

  linesOf(place: string): number {
    return this.kept.get(place)?.length ?? 0;
  }

  async ask(stack: Stack, method: string, path: string, { as, body, headers, keep = false }: Ask = {}): Promise<Answered> {
    // What follows may be a canary that the flow itself has put there.
    const route = `${method} ${path.split(/[/?]/).slice(0, 4).join('/')}`;
    this.asked += 1;
    const response = await fetch(`${stack.url}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    this.keep(`headers of ${route}`, JSON.stringify([...response.headers]));
    if (response.status >= 300) this.keep(`refusals of ${route}`, `${response.status} ${text}`);
    else if (keep) this.keep(`answer of ${route}`, text);
    const isJson = /^application\/([\w.-]+\+)?json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text };
  }

  /** As `ask`; throws unless it went well. */
  async done(stack: Stack, method: string, path: string, more: Ask = {}): Promise<Answered['body']> {
    const { status, body } = await this.ask(stack, method, path, more);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status} ${JSON.stringify(body)}`);
    return body;
  }
}

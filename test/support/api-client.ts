import type { AlarmView, BedView } from '@vigil/contracts';

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at answers of every form
  readonly body: any;
}

const ANSWER_WITHIN_MS = 20_000;

/** One signed-in person on the REST API. Rejects when there is no answer; a refusal is an answer. */
export class ApiClient {
  private constructor(
    private readonly url: string,
    readonly token: string,
  ) {}

  static async signIn(url: string, username: string, password: string): Promise<ApiClient> {
    const anonymous = new ApiClient(url, '');
    const { status, body } = await anonymous.call('POST', '/api/v1/session?token=true', { body: { username, password } });
    if (status !== 200) throw new Error(`sign-in of ${username} answered ${status}`);
    return new ApiClient(url, body.token as string);
  }

  async call(
    method: string,
    path: string,
    more: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...more.headers,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, body: isJson && text !== '' ? JSON.parse(text) : text };
  }

  async alarms(query: string): Promise<readonly AlarmView[]> {
    return (await this.ok(`/api/v1/alarms?${query}`)).items as AlarmView[];
  }

  async bed(bedId: string): Promise<BedView> {
    return (await this.ok(`/api/v1/beds/${bedId}`)) as BedView;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at answers of every form
  async ok(path: string): Promise<any> {
    const { status, body } = await this.call('GET', path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}`);
    return body;
  }

  accept(alarmId: string, escalationRev: number, commandId: string): Promise<Answer> {
    const headers = { 'if-match': `"${escalationRev}"`, 'idempotency-key': commandId };
    return this.call('POST', `/api/v1/alarms/${alarmId}/accept`, { headers });
  }
}

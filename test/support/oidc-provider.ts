import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Adapter, Provider } from 'oidc-provider';

export const CLIENT_ID = 'vigil-test';
export const CLIENT_SECRET = 'secret-of-the-tests-0123456789abcdef';

export interface Person {
  /** `sub` at the provider. */
  readonly subject: string;
  readonly preferred_username?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly amr?: readonly string[];
  readonly acr?: string;
}

/**
 * A real OpenID provider (oidc-provider) on loopback, at which whoever is `person` signs in without being asked. It
 * listens before it knows its client, because the client's address is not known before that listens.
 */
export class TestOidcProvider {
  person: Person = { subject: 'sub-amy' };
  /** While true it answers nothing but 503. */
  away = false;
  private provider: Provider | null = null;
  private readonly server: Server;

  private constructor(private readonly host: string) {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  /** @param host `localhost` to be another site than a Vigil on 127.0.0.1 is: to a browser, ports make no difference */
  static async start(host: '127.0.0.1' | 'localhost' = '127.0.0.1'): Promise<TestOidcProvider> {
    const provider = new TestOidcProvider(host);
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get issuer(): string {
    return `http://${this.host}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Settings of a Vigil that signs in here. */
  get env(): Readonly<Record<string, string>> {
    return { OIDC_ISSUER: this.issuer, OIDC_CLIENT_ID: CLIENT_ID, OIDC_CLIENT_SECRET: CLIENT_SECRET };
  }

  /** Registers the Vigil that listens at this address. */
  register(vigilUrl: string): void {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const person = (): Person => this.person;
    this.provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: [`${vigilUrl}/api/v1/session/oidc/callback`],
          post_logout_redirect_uris: [`${vigilUrl}/`],
          backchannel_logout_uri: `${vigilUrl}/api/v1/session/oidc/backchannel-logout`,
          backchannel_logout_session_required: true,
        },
      ],
      adapter: MemoryAdapter,
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] as never },
      cookies: { keys: ['key of the cookies of the tests'] },
      // The default one reaches no loopback.
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as unknown as RequestInit),
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 60, IdToken: 300 },
      conformIdTokenClaims: false,
      claims: {
        openid: ['sub', 'sid', 'amr', 'acr'],
        profile: ['preferred_username'],
        email: ['email', 'email_verified'],
      },
      acrValues: ['silver', 'gold'],
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: { enabled: true },
      },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_context, subject) => ({
        accountId: subject,
        claims: () => {
          const { amr: _amr, acr: _acr, subject: _subject, ...claims } = person();
          return { sub: subject, ...claims };
        },
      }),
      /** Consent is the site's, given once for everybody. */
      loadExistingGrant: async (context) => {
        const { client, session, provider } = context.oidc;
        const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { provider, person } = this;
    if (this.away || provider === null) {
      response.writeHead(503).end();
      return;
    }
    if (request.url?.startsWith('/interaction/')) {
      const { subject, amr, acr } = person;
      const login = {
        accountId: subject,
        ...(amr === undefined ? {} : { amr: [...amr] }),
        ...(acr === undefined ? {} : { acr }),
      };
      void provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
      return;
    }
    void provider.callback()(request, response);
  }
}

/** What the provider keeps of one model. One would be there by default, with a warning that this is no production. */
class MemoryAdapter implements Adapter {
  private readonly kept = new Map<string, Parameters<Adapter['upsert']>[1]>();

  upsert(id: string, payload: Parameters<Adapter['upsert']>[1]): Promise<void> {
    this.kept.set(id, payload);
    return Promise.resolve();
  }

  find(id: string): ReturnType<Adapter['find']> {
    return Promise.resolve(this.kept.get(id));
  }

  findByUid(uid: string): ReturnType<Adapter['findByUid']> {
    return Promise.resolve([...this.kept.values()].find((payload) => payload.uid === uid));
  }

  findByUserCode(): ReturnType<Adapter['findByUserCode']> {
    return Promise.resolve(undefined);
  }

  consume(id: string): Promise<void> {
    const payload = this.kept.get(id);
    if (payload !== undefined) this.kept.set(id, { ...payload, consumed: Math.floor(Date.now() / 1_000) });
    return Promise.resolve();
  }

  destroy(id: string): Promise<void> {
    this.kept.delete(id);
    return Promise.resolve();
  }

  revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, payload] of this.kept) if (payload.grantId === grantId) this.kept.delete(id);
    return Promise.resolve();
  }
}

/** A browser as far as a sign-in needs one: cookies by host and path, redirects one by one. */
export class TestBrowser {
  private readonly jar = new Map<string, { readonly value: string; readonly path: string }>();

  /** One request, no redirect followed. */
  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.send(url, { headers });
  }

  async post(url: string, form: Readonly<Record<string, string>>): Promise<Response> {
    return this.send(url, { method: 'POST', body: new URLSearchParams(form) });
  }

  /** Follows redirects until one leads to `stop`, which is not asked for; answers its URL. */
  async follow(url: string, stop: (url: URL) => boolean): Promise<URL> {
    let at = new URL(url);
    for (let hops = 0; hops < 15; hops++) {
      if (stop(at)) return at;
      const response = await this.get(at.href);
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${at.pathname} answered ${response.status} and leads nowhere`);
      at = new URL(location, at);
    }
    throw new Error('too many redirects');
  }

  cookie(name: string): string | null {
    for (const [key, { value }] of this.jar) if (key.endsWith(`|${name}`)) return value;
    return null;
  }

  forget(name: string): void {
    for (const key of this.jar.keys()) if (key.endsWith(`|${name}`)) this.jar.delete(key);
  }

  private async send(url: string, init: RequestInit): Promise<Response> {
    const { host, pathname } = new URL(url);
    const cookies = [...this.jar].flatMap(([key, { value, path }]) =>
      key.startsWith(`${host}|`) && pathname.startsWith(path) ? [`${key.slice(host.length + 1)}=${value}`] : [],
    );
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(cookies.length === 0 ? {} : { cookie: cookies.join('; ') }),
    };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/';
      const isOver = value === '' || attributes.some((a) => /^max-age=0$/i.test(a) || /^expires=Thu, 01 Jan 1970/i.test(a));
      if (isOver) this.jar.delete(`${host}|${name}`);
      else this.jar.set(`${host}|${name}`, { value, path });
    }
    return response;
  }
}

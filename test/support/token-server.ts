import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AdapterFactory, type KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * A real authorization server (oidc-provider) beside the SMART discovery of a FHIR server, at one origin on loopback. It knows one
 * client, `vigil`, by its public keys.
 */
export class TestTokenServer {
  readonly expiresS = 100;
  /** While true it answers nothing but 503. */
  away = false;
  /** Null: there is no SMART configuration, and the capability statement says it. */
  wellKnown: { readonly token_endpoint: string } | null = null;
  private provider: Provider | null = null;
  private seen: string[] = [];

  private constructor(private readonly server: Server) {}

  /** @param keys public keys of the client, by their ids, which are the names of their algorithms */
  static async start(keys: Readonly<Record<'ES384' | 'RS384', JsonWebKey>>): Promise<TestTokenServer> {
    const server = createServer();
    const fake = new TestTokenServer(server);
    server.on('request', (request, response) => fake.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const provider = fake.providerOf(keys);
    const note = ({ oidc }: KoaContextWithOIDC): void => {
      fake.seen.push(String((oidc.body as Readonly<Record<string, unknown>> | undefined)?.['client_assertion']));
    };
    provider.on('grant.success', note);
    provider.on('grant.error', note);
    fake.provider = provider;
    fake.reset();
    return fake;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/fhir`;
  }

  get tokenUrl(): string {
    return `${this.origin}/token`;
  }

  reset(): void {
    this.seen = [];
    this.away = false;
    this.wellKnown = { token_endpoint: this.tokenUrl };
  }

  /** Assertions that came, oldest first. */
  assertions(): readonly string[] {
    return this.seen;
  }

  /** Asks for a token with an assertion that somebody has seen. */
  ask(assertion: string): Promise<Response> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    return fetch(this.tokenUrl, { method: 'POST', body });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (this.away) return send(503, {});
    if (request.url === '/fhir/.well-known/smart-configuration') {
      return this.wellKnown === null ? send(404, {}) : send(200, this.wellKnown);
    }
    if (request.url === '/fhir/metadata') return send(200, this.capability());
    void this.provider!.callback()(request, response);
  }

  private capability(): unknown {
    const uris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
    const extension = [{ url: uris, extension: [{ url: 'token', valueUri: this.tokenUrl }] }];
    return { resourceType: 'CapabilityStatement', rest: [{ mode: 'server', security: { extension } }] };
  }

  private providerOf(keys: Readonly<Record<'ES384' | 'RS384', JsonWebKey>>): Provider {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const client = {
      ...{ client_id: 'vigil', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      token_endpoint_auth_method: 'private_key_jwt',
      scope: 'system/Patient.read',
      jwks: { keys: Object.entries(keys).map(([kid, key]) => ({ ...key, kid, alg: kid, use: 'sig' })) },
    };
    return new Provider(this.origin, {
      adapter: kept((name, id) => (name === 'Client' && id === 'vigil' ? client : undefined)),
      scopes: ['system/Patient.read'],
      clientAuthMethods: ['private_key_jwt'],
      enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] as never },
      cookies: { keys: ['key of the cookies of the tests'] },
      ttl: { ClientCredentials: this.expiresS },
    });
  }
}

/** What the provider keeps, in memory, and its client. A client among its settings would be copied into objects that jest's realm refuses. */
function kept(known: (name: string, id: string) => object | undefined): AdapterFactory {
  const rows = new Map<string, unknown>();
  return (name) => ({
    upsert: (id, payload) => Promise.resolve(void rows.set(`${name}/${id}`, payload)),
    find: (id) => Promise.resolve((known(name, id) ?? rows.get(`${name}/${id}`)) as never),
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    consume: () => Promise.resolve(),
    destroy: (id) => Promise.resolve(void rows.delete(`${name}/${id}`)),
    revokeByGrantId: () => Promise.resolve(),
  });
}

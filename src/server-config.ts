import { publicUrlOf, type Settings } from './config.js';
import { TrustedProxies } from './http/trusted-proxies.js';

/** What the HTTP side knows of this process: the settings, and the port once it listens. */
export class ServerConfig {
  /** Who may say for whom they ask. */
  readonly proxies: TrustedProxies;
  private listeningPort: number;

  constructor(
    readonly settings: Settings,
    /** Names the build on screens and in logs. */
    readonly buildId: string,
    /** Folder with the built dashboard; null serves none. */
    readonly dashboardDir: string | null,
  ) {
    this.listeningPort = settings.port;
    this.proxies = new TrustedProxies(settings.trustedProxies);
  }

  /** Screens carry a mark: the site has data that are not live. */
  get demo(): boolean {
    return this.settings.source !== 'none';
  }

  /** People reach the platform over TLS, so cookies are marked `Secure`. */
  get secure(): boolean {
    return this.publicUrl.startsWith('https:');
  }

  get publicUrl(): string {
    return publicUrlOf(this.settings, this.listeningPort);
  }

  get publicOrigin(): string {
    return new URL(this.publicUrl).origin;
  }

  listensOn(port: number): void {
    this.listeningPort = port;
  }
}

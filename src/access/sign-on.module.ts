import { Module } from '@nestjs/common';
import { Accounts } from '../ports/accounts.js';
import { AppClock } from '../ports/app-clock.js';
import { IdentityLinks } from '../ports/identity-links.js';
import { IdentityProvider } from '../ports/identity-provider.js';
import { ServerConfig } from '../server-config.js';
import { AccessModule } from './access.module.js';
import { IdentityLinksController } from './identity-links.controller.js';
import { Sessions } from './sessions.js';
import { SignOn } from './sign-on.js';
import { SignOnAttempts } from './sign-on-attempts.js';
import { SignOnController } from './sign-on.controller.js';

/** Sign-in by the site's identity provider. Without one, its routes answer that there is none. */
@Module({
  imports: [AccessModule],
  controllers: [SignOnController, IdentityLinksController],
  providers: [
    {
      provide: SignOn,
      useFactory: (
        provider: IdentityProvider,
        links: IdentityLinks,
        accounts: Accounts,
        sessions: Sessions,
        clock: AppClock,
        { settings: { secondFactorRoles } }: ServerConfig,
      ): SignOn =>
        new SignOn({
          provider,
          links,
          accounts,
          sessions,
          attempts: new SignOnAttempts(),
          secondFactorRoles,
          wallMs: () => clock.wallMs(),
        }),
      inject: [IdentityProvider, IdentityLinks, Accounts, Sessions, AppClock, ServerConfig],
    },
  ],
})
export class SignOnModule {}

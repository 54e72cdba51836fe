import { Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { Escalations } from '../ports/escalations.js';
import { Pagers } from '../ports/pager.js';
import { TestPages } from '../ports/test-pages.js';
import { ServerConfig } from '../server-config.js';
import { ContactMessages } from './contact-messages.js';
import { OwnContactsController } from './own-contacts.controller.js';
import { ProvidersController } from './providers.controller.js';
import { PushReceiptsController } from './push-receipts.controller.js';
import { PushSubscriptionsController } from './push-subscriptions.controller.js';
import { StaffContactsController } from './staff-contacts.controller.js';
import { TestPageSender } from './test-page-sender.js';
import { TestPagesController } from './test-pages.controller.js';

/** Ways to reach people, and what providers report of messages. */
@Module({
  controllers: [
    OwnContactsController,
    PushSubscriptionsController,
    StaffContactsController,
    ProvidersController,
    PushReceiptsController,
    TestPagesController,
  ],
  providers: [
    {
      provide: TestPageSender,
      inject: [TestPages, Escalations, Pagers, AppClock, ServerConfig],
      useFactory: (testPages: TestPages, escalations: Escalations, pagers: Pagers, clock: AppClock, { demo }: ServerConfig) =>
        new TestPageSender({ testPages, escalations, pagers, clock, demo }),
    },
    {
      provide: ContactMessages,
      inject: [Contacts, Escalations, Pagers, AppClock, ServerConfig],
      useFactory: (contacts: Contacts, escalations: Escalations, pagers: Pagers, clock: AppClock, { demo }: ServerConfig) =>
        new ContactMessages({ contacts, escalations, pagers, clock, demo }),
    },
  ],
})
export class ContactsModule {}

import { Global, Module } from '@nestjs/common';
import { IntegrationsController } from './integrations.controller.js';
import { RetryRequests } from './retry-requests.js';

/** The state of the exchange for people. Global, because who sends is a worker of its own. */
@Global()
@Module({ controllers: [IntegrationsController], providers: [RetryRequests], exports: [RetryRequests] })
export class IntegrationsModule {}

import { Global, Module } from '@nestjs/common';
import { SelfTests } from './self-tests.js';

/** Global, because gateways hear of a test where they ask for their configuration. */
@Global()
@Module({ providers: [SelfTests], exports: [SelfTests] })
export class SelfTestsModule {}

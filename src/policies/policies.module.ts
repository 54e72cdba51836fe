import { Module } from '@nestjs/common';
import { AppClock } from '../ports/app-clock.js';
import { EscalationPolicies } from '../ports/escalation-policies.js';
import { PoliciesController } from './policies.controller.js';
import { Simulation } from './simulation.js';

const simulation = {
  provide: Simulation,
  inject: [EscalationPolicies, AppClock],
  useFactory: (store: EscalationPolicies, clock: AppClock): Simulation =>
    new Simulation({ store, clock, monotonicMs: () => performance.now() }),
};

/** Escalation policies: who is told of which alarms, in which order, and what a change would have meant. */
@Module({ controllers: [PoliciesController], providers: [simulation] })
export class PoliciesModule {}

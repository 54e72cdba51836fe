import { Global, Module } from '@nestjs/common';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { LimitsOffNow } from '../ports/limits-off-now.js';
import { RuleSets } from '../ports/rule-sets.js';
import { StayLimitStore } from '../ports/stay-limits.js';
import { LimitPicture } from './limit-picture.js';
import { LimitsOffController } from './limits-off.controller.js';
import { LimitsOffPicture } from './limits-off-picture.js';
import { NotWatchedController } from './not-watched.controller.js';
import { RuleActivation } from './rule-activation.service.js';
import { RuleSetsController } from './rule-sets.controller.js';
import { StayLimitsController } from './stay-limits.controller.js';
import { UnitNotWatched } from './unit-not-watched.js';

const picture = {
  provide: LimitPicture,
  inject: [StayLimitStore, RuleSets, Directory, CareRelations],
  useFactory: (store: StayLimitStore, ruleSets: RuleSets, directory: Directory, relations: CareRelations): LimitPicture =>
    new LimitPicture({ store, ruleSets, directory, relations }),
};

/** The life of rule sets, what is set for single stays, and what is not watched. Global, because screens show the last through the port `LimitsOffNow`. */
@Global()
@Module({
  controllers: [RuleSetsController, StayLimitsController, NotWatchedController, LimitsOffController],
  providers: [
    picture,
    RuleActivation,
    UnitNotWatched,
    LimitsOffPicture,
    { provide: LimitsOffNow, useExisting: LimitsOffPicture },
  ],
  exports: [LimitsOffNow],
})
export class RulesModule {}

import { Module } from '@nestjs/common';
import { BedAliasesController } from './bed-aliases.controller.js';
import { BedPlacesController } from './bed-places.controller.js';
import { CareUnitsController } from './care-units.controller.js';
import { SiteController } from './site.controller.js';

/** How the site is set up: care units, beds, what the hospital calls them, and all of it as a file. */
@Module({ controllers: [CareUnitsController, BedPlacesController, BedAliasesController, SiteController] })
export class PlacesModule {}

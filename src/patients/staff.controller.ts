import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CareUnit, Page, StaffMember } from '@vigil/contracts';
import { Requires } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { Directory } from '../ports/directory.js';

const READ_PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** Who works here, and where. No patient is shown, so reading leaves no audit row. */
@ApiTags('staff')
@Controller('api/v1')
export class StaffController {
  constructor(private readonly directory: Directory) {}

  @Get('care-units')
  @Requires('signed-in')
  @Endpoint({ summary: 'List the care units of the site', answer: 'CareUnitList', problems: READ_PROBLEMS })
  async careUnits(): Promise<Page<CareUnit>> {
    return { items: await this.directory.careUnits(), next: null };
  }

  @Get('staff')
  @Requires('staff.read')
  @Endpoint({ summary: 'List the staff of the site', answer: 'StaffMemberList', problems: READ_PROBLEMS })
  async staff(): Promise<Page<StaffMember>> {
    return { items: await this.directory.staff(), next: null };
  }
}

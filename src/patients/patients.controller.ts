import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { NewPatient, type Page, Patient, PatientId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Access } from '../access/access.js';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { IDEMPOTENCY_KEY_FORM, idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { CareRelations } from '../ports/care-relations.js';
import { Directory } from '../ports/directory.js';
import { newId } from './patient-scope.js';

@ApiTags('patients')
@Controller('api/v1/patients')
export class PatientsController {
  constructor(
    private readonly directory: Directory,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('patient.read')
  @Endpoint({
    summary: 'List the patients whom you treat',
    description: 'Those of your beds, of care units that you cover, and of alarms that you answer for; see docs/access.md.',
    query: Paging,
    answer: 'PatientList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable', 'keys-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Patient>> {
    const paging = parse(Paging, query, 'query');
    const visible = await this.access.visible(context.caller, 'patient.read');
    const page = await this.directory.patients({ ...paging, ...(visible === null ? {} : { patientIds: visible.patientIds }) });
    const shown = page.items.map((patient) => patient.patientId);
    context.subject('patients', shown, `${shown.length} patients`);
    return page;
  }

  @Get(':patientId')
  @Requires('patient.read')
  @Endpoint({
    summary: 'Show one patient',
    params: { patientId: PatientId },
    answer: 'Patient',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'record-tampered', 'store-unavailable', 'keys-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('patientId') id: unknown): Promise<Patient> {
    const patientId = parse(PatientId, id, 'params.patientId');
    context.subject(`patient:${patientId}`, patientId);
    const bed = await this.relations.bedOf(patientId);
    await this.access.require(context, 'patient.read', { careUnitIds: bed === null ? [] : [bed.careUnitId], patientId });
    const patient = await this.directory.patient(patientId);
    if (patient === null) throw new PlatformError('not-found');
    return patient;
  }

  @Post()
  @Requires('patient.create')
  @Endpoint({
    summary: 'Record a patient',
    headers: {
      'Idempotency-Key': {
        required: false,
        meaning: 'A UUID; names the new patient where the body gives no id.',
        form: IDEMPOTENCY_KEY_FORM,
      },
    },
    body: 'NewPatient',
    answer: 'Patient',
    status: 201,
    problems: ['unauthenticated', 'forbidden', 'conflict', 'store-unavailable', 'keys-unavailable'],
  })
  async create(
    @Context() context: RequestContext,
    @Headers('idempotency-key') key: string | undefined,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Patient> {
    const { patientId: given, ...rest } = parse(NewPatient, body, 'body');
    const patientId = given ?? PatientId.parse(newId('pat', key === undefined ? randomUUID() : idempotencyKey(key)));
    context.subject(`patient:${patientId}`, patientId);
    const who = { audit: context.commandEntry(), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const patient = await this.directory.createPatient({ ...rest, patientId }, who);
    void reply.header('location', `/api/v1/patients/${patientId}`);
    return patient;
  }
}

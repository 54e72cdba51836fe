import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type CareUnitId, NewPatient, type Page, Patient, PatientId } from '@vigil/contracts';
import { may, PlatformError, type Subject } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { Paging } from '../http/paging.js';
import { idempotencyKey } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { Directory } from '../ports/directory.js';
import { careUnitsOfPatients, newId } from './patient-scope.js';

const place = (careUnitId: CareUnitId | undefined): Subject => ({ careUnitIds: careUnitId === undefined ? [] : [careUnitId] });

@ApiTags('patients')
@Controller('api/v1/patients')
export class PatientsController {
  constructor(
    private readonly directory: Directory,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('patient.read')
  @Endpoint({
    summary: 'List patients',
    description:
      'Patients who lie in a care unit that you do not work in are left out, so a page may have fewer rows than asked for.',
    query: Paging,
    answer: 'PatientList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(@Context() context: RequestContext, @Query() query: unknown): Promise<Page<Patient>> {
    const page = await this.directory.patients(parse(Paging, query, 'query'));
    const where = await careUnitsOfPatients(this.directory);
    const items = page.items.filter(({ patientId }) => may(context.caller, 'patient.read', place(where.get(patientId))).allowed);
    context.subject('patients', null, `${items.length} patients: ${items.map((p) => p.patientId).join(' ')}`.slice(0, 2_000));
    return { items, next: page.next };
  }

  @Get(':patientId')
  @Requires('patient.read')
  @Endpoint({
    summary: 'Show one patient',
    params: { patientId: PatientId },
    answer: 'Patient',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async show(@Context() context: RequestContext, @Param('patientId') id: unknown): Promise<Patient> {
    const patientId = parse(PatientId, id, 'params.patientId');
    const patient = await this.directory.patient(patientId);
    if (patient === null) throw new PlatformError('not-found');
    context.subject(`patient:${patientId}`, patientId);
    context.requireScope('patient.read', (await careUnitsOfPatients(this.directory)).get(patientId) ?? null);
    return patient;
  }

  @Post()
  @Requires('patient.create')
  @Endpoint({
    summary: 'Record a patient',
    headers: { 'Idempotency-Key': { required: false, meaning: 'A UUID; names the new patient where the body gives no id.' } },
    body: 'NewPatient',
    answer: 'Patient',
    status: 201,
    problems: ['unauthenticated', 'forbidden', 'conflict', 'store-unavailable'],
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

// The control plane's operator API as functions.
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { ImportAnswerSchema, LabelAnswerSchema, type ImportAnswer, type ImportRequest, type LabelAnswer } from '../../protocol/import.ts'
import type { LabelChanges } from '../../protocol/labels.ts'
import { MachineDetailSchema, MachineSummarySchema, OrderSchema, StrangerSchema, TimelineEntrySchema, type InstallRequest, type MachineDetail, type MachineSummary, type Order, type Stranger, type TimelineEntry } from '../../protocol/machines.ts'
import { AdoptAnswerSchema, PlanAnswerSchema, type AdoptAnswer, type AdoptRequest, type ConfirmRequest, type EraseRequest, type PlanAnswer, type PlanRequest, type ReprovisionRequest, type RetryRequest } from '../../protocol/plan-request.ts'
import { OsSourceSchema, type OsSource } from '../../protocol/os-sources.ts'
import { QuestionsSchema, type Questions, type ResolveRequest } from '../../protocol/resolve.ts'
import { RuleExplanationSchema, RulesSchema, type RuleExplanation, type Rules } from '../../protocol/rules.ts'
import { interrupted } from '../labctl-error.ts'
import { EffectiveSettingsSchema, type EffectiveSettings, type MachineSettings } from '../../protocol/machine-settings.ts'
import type { Address } from './connect-pinned.ts'
import { parseAnswer } from './parse-answer.ts'
import { sendRequest, type Answer } from './send-request.ts'

const VersionSchema = Type.Object({ version: Type.String(), node: Type.String() })
const segment = encodeURIComponent

/** The bastion that labctl talks to. Machines are named by name, MAC, SMBIOS UUID or internal id. Every call may throw a {@link LabctlError}. */
export class BastionClient {
  readonly address: Address
  readonly signal: AbortSignal
  readonly timeoutMs: number

  constructor(address: Address, signal: AbortSignal, timeoutMs = 30_000) {
    this.address = address
    this.signal = signal
    this.timeoutMs = timeoutMs
  }

  /** One request, whatever it answers. Where it came too often, it is sent again when the bastion said so, unless `timeoutMs` is over before. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const until = Date.now() + this.timeoutMs
    for (;;) {
      const answer = await sendRequest(this.address, { method, path, ...body === undefined ? {} : { body } }, this)
      const waitMs = (answer.retryAfterSeconds ?? 1) * 1000
      if (answer.status !== 429 || Date.now() + waitMs > until) return answer
      await sleep(waitMs, undefined, { signal: this.signal }).catch(() => { throw interrupted() })
    }
  }

  /** All, or those that these conditions on labels choose. */
  async machines(labels: readonly string[] = []): Promise<MachineSummary[]> {
    const query = labels.map(label => `label=${segment(label)}`).join('&')
    return parseAnswer(await this.send('GET', `/api/machines${query === '' ? '' : `?${query}`}`), Type.Object({ machines: Type.Array(MachineSummarySchema) })).machines
  }

  /** MACs that network-boot and are no machine yet; none from a bastion that is older than they are. */
  async strangers(): Promise<Stranger[]> {
    const answer = await this.send('GET', '/api/strangers')
    return answer.status === 404 ? [] : parseAnswer(answer, Type.Object({ strangers: Type.Array(StrangerSchema) })).strangers
  }

  async stranger(mac: string): Promise<{ stranger: Stranger, timeline: TimelineEntry[] }> {
    return parseAnswer(await this.send('GET', `/api/strangers/${segment(mac)}`), Type.Object({ stranger: StrangerSchema, timeline: Type.Array(TimelineEntrySchema) }))
  }

  async machine(ref: string): Promise<MachineDetail> {
    return parseAnswer(await this.send('GET', `/api/machines/${segment(ref)}`), MachineDetailSchema)
  }

  async forget(ref: string): Promise<void> {
    parseAnswer(await this.send('DELETE', `/api/machines/${segment(ref)}`), null)
  }

  /** The entries of a machine's timeline whose id is above `after`. */
  async timeline(ref: string, after: number): Promise<TimelineEntry[]> {
    return parseAnswer(await this.send('GET', `/api/machines/${segment(ref)}/timeline?after=${after}`), Type.Object({ timeline: Type.Array(TimelineEntrySchema) })).timeline
  }

  async log(ref: string): Promise<string> {
    return parseAnswer(await this.send('GET', `/api/machines/${segment(ref)}/log`), Type.Object({ log: Type.String() })).log
  }

  async install(request: InstallRequest): Promise<Order> {
    return parseAnswer(await this.send('POST', '/api/install', request), OrderSchema)
  }

  async cancel(ref: string): Promise<Order> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/cancel`), OrderSchema)
  }

  async retry(ref: string, request: RetryRequest): Promise<Order> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/retry`, request), OrderSchema)
  }

  /** Says that the machine is the one that an order meant which was given before it was seen. */
  async confirm(ref: string, request: ConfirmRequest): Promise<Order> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/confirm`, request), OrderSchema)
  }

  /** What an order would do, or why it would be refused. Nothing is armed. */
  async plan(request: PlanRequest): Promise<PlanAnswer> {
    return parseAnswer(await this.send('POST', '/api/plan', request), PlanAnswerSchema)
  }

  async reprovision(request: ReprovisionRequest): Promise<Order> {
    return parseAnswer(await this.send('POST', '/api/reprovision', request), OrderSchema)
  }

  /** Sets labels, or takes them away; of a machine by its serial too. */
  async label(ref: string, labels: LabelChanges): Promise<LabelAnswer> {
    return parseAnswer(await this.send('PATCH', `/api/machines/${segment(ref)}/labels`, { labels }), LabelAnswerSchema)
  }

  /** What is said of many machines at once: all of it is taken, or nothing. */
  async importMachines(request: ImportRequest): Promise<ImportAnswer> {
    return parseAnswer(await this.send('POST', '/api/import', request), ImportAnswerSchema)
  }

  /** Replaces the machine's own settings. */
  async putSettings(ref: string, settings: MachineSettings): Promise<EffectiveSettings> {
    return parseAnswer(await this.send('PUT', `/api/machines/${segment(ref)}/settings`, settings), EffectiveSettingsSchema)
  }

  /** Without `shown` only tells what would be recorded. */
  async adopt(ref: string, request: AdoptRequest): Promise<AdoptAnswer> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/adopt`, request), AdoptAnswerSchema)
  }

  /** What is not clear about a machine's identity, compared with another machine where one is given. */
  async questions(ref: string, sameAs?: string): Promise<Questions> {
    return parseAnswer(await this.send('GET', `/api/machines/${segment(ref)}/resolve${sameAs === undefined ? '' : `?sameAs=${segment(sameAs)}`}`), QuestionsSchema)
  }

  async resolve(ref: string, request: ResolveRequest): Promise<Questions> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/resolve`, request), QuestionsSchema)
  }

  /** Rules that arm by themselves. */
  async rules(): Promise<Rules> {
    return parseAnswer(await this.send('GET', '/api/rules'), RulesSchema)
  }

  /** Which of them a machine fits, and what would come of it. */
  async explainRules(ref: string): Promise<RuleExplanation> {
    return parseAnswer(await this.send('GET', `/api/machines/${segment(ref)}/rules`), RuleExplanationSchema)
  }

  async rescue(ref: string): Promise<Order> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/rescue`, {}), OrderSchema)
  }

  async erase(ref: string, request: EraseRequest): Promise<Order> {
    return parseAnswer(await this.send('POST', `/api/machines/${segment(ref)}/erase`, request), OrderSchema)
  }

  async sources(): Promise<OsSource[]> {
    return parseAnswer(await this.send('GET', '/api/os'), Type.Object({ sources: Type.Array(OsSourceSchema) })).sources
  }

  async source(name: string): Promise<OsSource> {
    return parseAnswer(await this.send('GET', `/api/os/${segment(name)}`), OsSourceSchema)
  }

  async prefetchSource(name: string): Promise<OsSource> {
    return parseAnswer(await this.send('POST', `/api/os/${segment(name)}/prefetch`), OsSourceSchema)
  }

  async addSource(name: string, tree: { url?: string, iso?: string, sha256?: string } = {}): Promise<OsSource> {
    return parseAnswer(await this.send('POST', '/api/os', { name, ...tree }), OsSourceSchema)
  }

  async removeSource(name: string): Promise<void> {
    parseAnswer(await this.send('DELETE', `/api/os/${segment(name)}`), null)
  }

  async version(): Promise<{ version: string, node: string }> {
    return parseAnswer(await this.send('GET', '/api/version'), VersionSchema)
  }
}

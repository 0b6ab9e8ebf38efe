import { type CampaignResult, countFaults } from "../reckoning.ts";
import { byFault, type FaultSum } from "./by-fault.ts";
import { count, seconds, sum, table } from "./numbers.ts";
import { othersSection } from "./others.ts";
import type { Recorded, RecordedOffsets } from "./recorded.ts";

const AIM = { events: 2_000_000, faults: 2_000 };

/** docs/reliability.md. What it says in numbers, it says from what is recorded. */
export function page(recorded: Recorded): string {
	const { campaigns, offsets } = recorded;
	const sections = [
		head(recorded),
		campaignsSection(campaigns),
		...[...Map.groupBy(campaigns, majorOf)].map(([major, ofIt]) => faultsSection(major, ofIt)),
		offsetsSection(offsets),
		boundSection(campaigns),
		othersSection(recorded),
		UNTESTED,
	];
	return `${sections.join("\n\n")}\n`;
}

function head({ campaigns, offsets }: Recorded): string {
	const of = (word: keyof CampaignResult["totals"]) => sum(campaigns, ({ totals }) => totals[word]);
	const majors = [...Map.groupBy(campaigns, majorOf)].map(
		([major, ofIt]) =>
			`${count(sum(ofIt, eventsOf))} events and ${count(sum(ofIt, countFaults))} faults on PostgreSQL ${major}`,
	);
	const violations = sum([...campaigns, ...offsets], (one) => one.violations.length);
	return `# Reliability: what was done to it, and what came of it

<!-- Written by \`npm run docs:reliability\` from what is recorded in test/chaos/results. Do not edit it by hand. -->

![Faults by what they struck: how many, and how long until delivery went on](images/reliability.svg)

The promise is that every event whose transaction committed is sent or accounted for, that none is lost, and that every
duplicate can be explained from the record. Here is what was done to real relays, a real PostgreSQL and real
connections to break it: ${count(sum(campaigns, countFaults))} faults over ${count(sum(campaigns, eventsOf))} events, and ${count(sum(offsets, ({ cases }) => cases))} small runs that were
struck at one byte. **Lost: ${of("lost")}. Stuck: ${of("stuck")}. Invented: ${of("phantom")}. Out of order: ${of("out of order")}. Duplicates without an explanation: ${of("unexplained")}.**
Duplicates with one: ${count(of("duplicated"))}. ${violations === 0 ? "No invariant was violated." : `**Invariants violated: ${violations}.**`}

The aim is ${count(AIM.events)} events and ${count(AIM.faults)} faults, on PostgreSQL 14 and 18: results of several runs add up. So far there
are ${majors.join(", and ") || "none"}${hasEnough(campaigns) ? "" : ": short of it"}.

Anybody can repeat it: the same seed draws the same faults in the same order.

\`\`\`sh
npm run chaos -- --minutes 15 --seed 18        # faults as a seed draws them; Ctrl-C ends it early
npm run chaos:offsets -- --step 50             # a small run, struck at every 50th byte of all it sends and receives
\`\`\`

| word | of an event |
|---|---|
| lost | its transaction committed, and it is neither there nor ended; or it counts as delivered and was not |
| stuck | it had not ended when everything had been in order for two minutes |
| phantom | it was sent, and is not committed, or says something else |
| duplicated | it was applied twice, and an attempt before that is on record as ambiguous |
| unexplained | it was applied twice, or sent, and no attempt on record says why; or twice where at most once was asked for |
| out of order | it was applied after a later one of its ordering key |`;
}

function eventsOf({ events }: CampaignResult): number {
	return events;
}

function hasEnough(campaigns: readonly CampaignResult[]): boolean {
	return sum(campaigns, eventsOf) >= AIM.events && sum(campaigns, countFaults) >= AIM.faults;
}

function majorOf({ postgres }: CampaignResult): number {
	return Number.parseInt(postgres, 10);
}

function campaignsSection(campaigns: readonly CampaignResult[]): string {
	const rows = campaigns.map((one) => [
		one.postgres,
		one.only === "" ? String(one.seed) : `${one.seed}, only "${one.only}"`,
		`${(one.seconds / 60).toFixed(1)} min`,
		`${one.machine.processors} processors, load ${one.machine.load}`,
		one.events,
		one.requests,
		countFaults(one),
		one.totals.lost,
		one.totals.stuck,
		one.totals.phantom,
		one.totals["out of order"],
		one.totals.unexplained,
		one.totals.duplicated,
	]);
	const searched = campaigns.map(
		({ postgres, searched: { bytesOfLogs, answersOfRelays, tables } }) =>
			`${count(bytesOfLogs)} bytes of logs, ${count(answersOfRelays)} answers and ${tables} tables with PostgreSQL ${postgres}`,
	);
	return `## Campaigns

Three relays deliver what six applications write: in transactions that commit, roll back and stay open, with and without
keys, orders and delays, as fast as relays keep up. The applications and the receiver are never killed, and keep journals
on disk. A seed draws faults, alone and several that overlap. When all has drained, the journals are joined with the record. On a machine whose load is far above its processors, recovery times are those of that machine.

${table(["PostgreSQL", "seed", "length", "machine", "events", "requests", "faults", "lost", "stuck", "phantom", "out of order", "unexplained", "duplicated"], rows)}

To repeat one: \`npm run chaos -- --minutes M --seed S --postgres V\`${campaigns.length === 0 ? "" : `, with the length in minutes that was asked for: ${campaigns.map(askedFor).join("; ")}`}.

After each, \`audit verify\` looked at what was on record, ${count(sum(campaigns, ({ audited }) => audited.attempts))} attempts in all, and at the state of each event.

The API key and the operator's token were searched for wherever they must not be, and not found: in ${searched.join("; ") || "nothing yet"}.`;
}

function askedFor({ postgres, seed, minutes }: CampaignResult): string {
	return `${minutes} for seed ${seed} on ${Number.parseInt(postgres, 10)}`;
}

function faultsSection(major: number, campaigns: readonly CampaignResult[]): string {
	return `### Fault by fault: PostgreSQL ${major}

All campaigns together. An event belongs to the fault during which it was first sent, or to the several at once.
Recovery: from the end of the fault, when it came alone, until what was claimed by then had been settled, and an event
that was committed afterwards had been applied.

${table(["fault", "alone", "with others", "lost", "phantom", "unexplained", "duplicated", "recovery, median", "worst"], byFault(campaigns).map(rowOf))}

${goneSentence(
	sum(campaigns, ({ gone }) => gone),
	sum(campaigns, ({ listed }) => listed),
)}`;
}

function rowOf(fault: FaultSum): (string | number)[] {
	const { name, runs, together, skipped, lost, phantom, unexplained, duplicated, recovery } = fault;
	const alone = skipped > 0 ? `${runs} (${skipped} not possible there)` : runs;
	const times = recovery === null ? ["", ""] : [seconds(recovery.median), seconds(recovery.worst)];
	return [name, alone, together, lost, phantom, unexplained, duplicated, ...times];
}

function goneSentence(gone: number, listed: number): string {
	if (gone === 0 && listed === 0) return "No failover lost anything.";
	return `Failovers to a standby that lacked the last seconds lost ${count(gone)} events that had been committed: nobody can
send what is gone. What had been sent of it, ${count(listed)} events, is listed in \`reward_outbox.missing_events\`, and no relay
went on before a person had said so.`;
}

function offsetsSection(offsets: readonly RecordedOffsets[]): string {
	const title = "## Struck at each byte";
	const what = `A run of five events (a plain one, two in order, one that must not be sent twice, one that is refused), and one blow
when a given number of bytes has gone one way between the relay and PostgreSQL or Reward: all connections end for good,
as when a machine dies, and another relay takes over; or that connection is closed, reset, swallowed, dripping or held
up. Before it answers, the receiver looks whether the claim of what it got is committed: no byte goes before that.`;
	if (offsets.length === 0) return `${title}\n\n${what}\n\nNothing is recorded yet.`;
	return [title, what, ...offsets.map(offsetsTable)].join("\n\n");
}

function offsetsTable(result: RecordedOffsets): string {
	const { postgres, step, cases, streams, blows, violations } = result;
	const bytes = sum(streams, (stream) => stream.bytes);
	const rows = blows.map(({ blow, cases, notReached, duplicated, recoveryMs }) => [
		blow === "killed" ? "killed, another relay takes over" : blow,
		cases,
		notReached,
		violations.filter((violation) => violation.includes(`, ${blow}: `)).length,
		duplicated,
		recoveryMs === null ? "" : seconds(recoveryMs.median),
		recoveryMs === null ? "" : seconds(recoveryMs.worst),
	]);
	return `PostgreSQL ${postgres}: ${step === 1 ? "every byte" : `every ${step}th byte`} of ${count(bytes)}, ${count(cases)} runs.

${table(["blow", "runs", "of which that byte never came", "violations", "duplicated", "until all had ended, median", "worst"], rows)}`;
}

function boundSection(campaigns: readonly CampaignResult[]): string {
	const rows = campaigns.map(({ postgres, seed, perKill, eventsPerSecond, relays }) => [
		`${postgres}, ${seed}`,
		perKill.kills,
		perKill.duplicates,
		perKill.kills === 0 ? "" : (perKill.duplicates / perKill.kills).toFixed(2),
		perKill.worst,
		perKill.bound,
		`up to ${eventsPerSecond}/s over ${relays} relays`,
	]);
	return `## How many duplicates there can be

A duplicate needs a request whose answer did not get on record. When a relay dies, these are its requests under way and
its answers not yet written:

\`\`\`text
duplicates of one death  ≤  C + 4·C + 512        C: REWARD_OUTBOX_CONCURRENCY. More than that unwritten, and it sends nothing
                         ≈  r · (L + w)          r: its events a second, L: Reward's latency, w: the time of one write
\`\`\`

The second line is what to expect while PostgreSQL answers: at 100 events a second and 50 ms, five. With
\`mode => 'at_most_once'\` both are 0, and the events become \`uncertain\` instead. The same holds, request by request, for
answers that a network or Reward loses: each can cost one duplicate for each repeat, and is on record before.

${table(["PostgreSQL, seed", "single kills", "duplicates", "of each, mean", "worst", "bound", "load"], rows)}`;
}

const UNTESTED = `## What was not tested

- The real Reward: its API is known here from its public documentation alone.
- Weeks. The campaigns above are as long as they say, and the rarest faults came once or not at all in them.
- Disks that lie about what they have flushed, silent corruption, several machines with clocks of their own: everything
  here runs on one machine. The clock of one relay was set, that of PostgreSQL was not.
- Two releases side by side: there is one yet. The other version under these faults is the last commit, which takes
  itself for an older one and knows other texts of the functions.
- Managed PostgreSQL and its own ways of failing over; Windows and macOS.
- Two databases that both believe that they are the right one, with applications writing to both:
  [moving-databases.md](moving-databases.md) says what a relay does then, and what nobody can know.
- Faults inside a process: memory that runs out, a file descriptor that cannot be had.`;

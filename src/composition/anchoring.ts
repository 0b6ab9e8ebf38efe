import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { signatureHeaders } from "../alerts/signature.ts";
import { postJson } from "../alerts/webhook.ts";
import { Anchorer, type AnchorPlace } from "../audit/anchorer.ts";
import { Chainer } from "../audit/chainer.ts";
import type { AlertConfig } from "../config/alert-part.ts";
import type { AnchorConfig } from "../config/anchor-part.ts";
import { type ProxyConfig, proxyFor } from "../config/proxy-part.ts";
import type { Logger } from "../log.ts";
import { takeAlertTurn } from "../store/alerts.ts";
import { chainAttempts } from "../store/audit/chain-attempts.ts";
import { headsTold, isGrown, readHeads } from "../store/audit/heads.ts";
import type { Database } from "../store/database.ts";
import { systemClock } from "../timing/system-clock.ts";

const WEBHOOK_TIMEOUT_MS = 10_000;

/** Where anchors go, and how. */
export interface AnchorOptions extends AnchorConfig, Pick<AlertConfig, "alertSigningSecret"> {
	readonly userAgent: string;
	readonly proxy: ProxyConfig;
}

/**
 * What chains the record.
 * @param db a connection that delivery has no use for
 * @param relayNo the relay's number
 */
export function createChainer(db: Database, relayNo: () => number): Chainer {
	return new Chainer({
		chainSome: (after) => chainAttempts(db, after, relayNo()),
		chainSomeOfAll: () => chainAttempts(db, "0", null),
		clock: systemClock,
	});
}

/**
 * What tells the last hashes of the record outside.
 * @param db a connection that delivery has no use for
 */
export function createAnchorer(db: Database, chainer: Chainer, options: AnchorOptions, log: Logger): Anchorer {
	return new Anchorer({
		chainRest: (signal) => chainer.chainRest(signal),
		isGrown: () => isGrown(db),
		readHeads: () => readHeads(db),
		takeTurn: (everyMs) => takeAlertTurn(db, "anchor", everyMs),
		told: (anchor) => headsTold(db, anchor),
		places: placesOf(options),
		clock: systemClock,
		random: Math.random,
		log,
	});
}

function placesOf(options: AnchorOptions): AnchorPlace[] {
	const { anchorFile, anchorWebhookUrl, alertSigningSecret, userAgent, proxy } = options;
	const places: AnchorPlace[] = [];
	if (anchorFile !== undefined) {
		places.push({ name: "file", tell: (anchor) => append(anchorFile, lineOf(anchor)) });
	}
	if (anchorWebhookUrl !== undefined) {
		const way = { proxy: proxyFor(anchorWebhookUrl, proxy), timeoutMs: WEBHOOK_TIMEOUT_MS };
		places.push({
			name: "webhook",
			tell: (anchor, signal) => {
				const body = lineOf(anchor);
				const id = `msg_${createHash("sha256").update(body).digest("hex").slice(0, 32)}`;
				const signature =
					alertSigningSecret === undefined ? {} : signatureHeaders(alertSigningSecret, id, new Date(), body);
				const headers = { "content-type": "application/json", "user-agent": userAgent, ...signature };
				return postJson({ url: anchorWebhookUrl, headers, body }, signal, way);
			},
		});
	}
	return places;
}

function lineOf(anchor: object): string {
	return JSON.stringify({ at: new Date().toISOString(), ...anchor });
}

/** Appended and on the disk. Null: it is; otherwise the system's code. */
async function append(path: string, line: string): Promise<string | null> {
	try {
		const file = await open(path, "a", 0o640);
		try {
			await file.appendFile(`${line}\n`);
			await file.datasync();
		} finally {
			await file.close();
		}
		return null;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code ?? "failed";
	}
}

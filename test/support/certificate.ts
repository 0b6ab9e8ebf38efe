import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate extends Disposable {
	readonly key: string;
	readonly cert: string;
	/** The certificate's file: it vouches for itself, so it is its own authority. */
	readonly file: string;
}

/** A certificate for this machine's own addresses and the names given, from an authority that nobody knows. */
export function makeCertificate(...names: readonly string[]): Certificate {
	const folder = mkdtempSync(join(tmpdir(), "reward-outbox-certificate-"));
	const [key, file] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
	const alternatives = ["IP:127.0.0.1", "IP:::1", ...names.map((name) => `DNS:${name}`)].join();
	const subject = ["-subj", "/CN=test", "-addext", `subjectAltName=${alternatives}`];
	const form = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
	execFileSync("openssl", ["req", "-x509", ...form, ...subject, "-keyout", key, "-out", file], { stdio: "ignore" });
	return {
		key: readFileSync(key, "utf8"),
		cert: readFileSync(file, "utf8"),
		file,
		[Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
	};
}

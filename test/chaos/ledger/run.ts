/** `npm run docs:reliability`: writes docs/reliability.md and its picture from what is recorded. */
import { writeLedger } from "./write.ts";

writeLedger();

import pg from "pg-8.16";
import { describeLibrary } from "./contract.ts";
import { openPg } from "./pg-library.ts";

/** The last version that does not know whether it is in a transaction: there the database is asked. */
describeLibrary({ name: "pg 8.16", afterTheEnd: "no_transaction", open: (url) => openPg(pg, url) });

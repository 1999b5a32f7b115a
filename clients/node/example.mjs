// Takes all that is new at an office, what is due first first: the same as ../python/example.py.
// Beside `make run SANDBOX=d-11680`, after `npm install`:
// KEY=$(sed -n s/^d-11680=//p ../../.dasan/office_keys.env) node example.mjs
import {readFileSync} from "node:fs";
import {promisify} from "node:util";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const protos = process.env.PROTOS ?? new URL("../../protos", import.meta.url).pathname;
const config = readFileSync(new URL("../service_config.json", import.meta.url), "utf8");
const contract = loader.loadSync("dasan/districts/v1/work.proto", {includeDirs: [protos], keepCase: true, enums: String, longs: String});
const {OfficeWorkService} = grpc.loadPackageDefinition(contract).dasan.districts.v1;

const office = new OfficeWorkService(process.env.DASAN ?? "localhost:9122", grpc.credentials.createInsecure(), {"grpc.service_config": config});
const me = new grpc.Metadata();
me.set("authorization", `Bearer ${process.env.KEY}`);
const call = (name, request) => promisify(office[name].bind(office))(request, me, {deadline: Date.now() + 10_000});

let page_token = "";
do {
  const page = await call("ListWork", {states: ["WORK_STATE_OPEN"], page_token});
  for (const {inquiry_id, receipt_number, round, attempt, version} of page.items) {
    // Sent again after a cut, the command has its effect once; a case that changed is left alone.
    const command_id = `accept-${inquiry_id}-${round}-${attempt}`;
    try {
      const {item} = await call("Accept", {inquiry_id, command_id, expected_version: version});
      console.log(item.receipt_number, item.state, new Date(item.due_at.seconds * 1000).toISOString());
    } catch (error) {
      console.log(receipt_number, error.metadata?.get("dasan-slug")[0] ?? error.code, error.details);
    }
  }
  page_token = page.next_page_token;
} while (page_token);
office.close();

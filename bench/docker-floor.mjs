/**
 * The least that a nop trial in Docker costs: bare calls of the Engine API, one after the other, for the container, commands and
 * copies that a trial cannot do without. `node docker-floor.mjs TRIALS IMAGE TESTS_FOLDER`
 */
import { execFileSync } from "node:child_process";
import { Agent, request } from "node:http";

const [trials = "1", image = "", tests = ""] = process.argv.slice(2);
const socketPath = (process.env["DOCKER_HOST"] ?? "").replace("unix://", "") || "/var/run/docker.sock";
const JSON_TYPE = { "content-type": "application/json" };
const agent = new Agent({ keepAlive: true });
const testsTar = execFileSync("tar", ["-c", "-C", tests, "--transform", "s,^\\.,tests,", "."]);
const instructionTar = execFileSync("tar", ["-c", "-C", tests, "--transform", "s,^,installed-agent/,", "test.sh"]);

for (let trial = 0; trial < Number(trials); trial++) await one();
agent.destroy();

async function one() {
  const { Id } = await json("POST", "/containers/create", {
    Image: image,
    Cmd: ["sh", "-c", "sleep infinity"],
    HostConfig: { Init: true, SecurityOpt: ["no-new-privileges"], PidsLimit: 8192 },
  });
  const at = `/containers/${Id}`;
  await json("POST", `${at}/start`);
  await json("GET", `${at}/json`);
  await exec(
    at,
    "mkdir -p /logs/agent/sessions /logs/verifier /logs/artifacts /installed-agent && chmod 777 /logs /logs/agent",
  );
  await put(at, instructionTar);
  await json("GET", `${at}/top?ps_args=-eo%20pid,ppid`);
  await get(at, "/logs/agent");
  await get(at, "/logs/artifacts");
  await exec(at, "rm -rf /tests /logs/verifier && mkdir -p /tests /logs/verifier && chmod 777 /logs/verifier");
  await put(at, testsTar);
  await exec(at, "/tests/test.sh");
  await get(at, "/logs/verifier");
  await json("DELETE", `${at}?force=true&v=true`);
}

/** @param {string} at @param {string} script */
async function exec(at, script) {
  const body = { AttachStdout: true, AttachStderr: true, Cmd: ["/bin/sh", "-c", script] };
  const { Id } = await json("POST", `${at}/exec`, body);
  await new Promise((resolve, reject) => {
    const call = request({
      socketPath,
      method: "POST",
      path: `/exec/${Id}/start`,
      headers: { ...JSON_TYPE, connection: "Upgrade", upgrade: "tcp" },
    });
    call.on("upgrade", (_, socket) =>
      socket
        .resume()
        .on("close", resolve)
        .on("end", () => socket.end()),
    );
    call.on("error", reject);
    call.end('{"Detach":false,"Tty":false}');
  });
  const { ExitCode } = await json("GET", `/exec/${Id}/json`);
  if (ExitCode !== 0) throw new Error(`${script} ended with ${ExitCode}`);
}

/** @param {string} at @param {Buffer} tar */
function put(at, tar) {
  return send("PUT", `${at}/archive?path=/`, tar, { "content-type": "application/x-tar" });
}
/** @param {string} at @param {string} path */
function get(at, path) {
  return send("GET", `${at}/archive?path=${path}`, undefined, {});
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function json(method, path, body) {
  const text = (await send(method, path, body === undefined ? undefined : JSON.stringify(body), JSON_TYPE)).toString();
  return text === "" ? {} : JSON.parse(text);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string | Buffer | undefined} body
 * @param {Record<string, string>} headers
 * @returns {Promise<Buffer>}
 */
function send(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, agent, method, path, headers }, (answer) => {
      /** @type {Buffer[]} */
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const all = Buffer.concat(chunks);
        if ((answer.statusCode ?? 0) < 400) resolve(all);
        else reject(new Error(`${method} ${path}: ${answer.statusCode} ${all.toString()}`));
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}

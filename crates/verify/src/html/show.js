// Shows what was found. Everything is set as text, never as HTML.

const KINDS = {
  receipt: ["受領証", "Receipt"],
  certificate: ["記録事項証明書", "Certificate of recorded matters"],
  retirement: ["無効化通知", "Notice of retirement"],
  cancellation: ["取消し通知", "Notice of cancellation"],
};

const USES = {
  ndc: ["NDC（国が決定する貢献）", "nationally determined contribution"],
  shk: ["温室効果ガス排出量算定・報告・公表制度", "report under the Act (SHK)"],
  gx_ets: ["排出量取引制度（GX-ETS）", "emissions trading (GX-ETS)"],
  voluntary: ["自主的な利用", "voluntary"],
  international_mitigation: ["国際的な緩和目的", "international mitigation purposes"],
  other_purposes: ["その他の目的", "other purposes"],
  omge: ["世界全体の排出の総体的な緩和", "overall mitigation in global emissions"],
  other: ["その他", "other"],
};

const byId = (id) => document.getElementById(id);

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}

function table(rows) {
  const made = element("table");
  for (const [name, value] of rows) {
    const row = made.appendChild(element("tr"));
    row.append(element("th", name), element("td", value));
  }
  return made;
}

function heading(japanese, english) {
  return element("h2", `${japanese} / ${english}`);
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

// The lines of a notice, for people.
function noticeRows(statement) {
  const rows = [];
  for (const line of statement.trimEnd().split("\n").slice(1)) {
    const [name, ...rest] = line.split(" ");
    const value = rest.join(" ");
    if (name === "entry") rows.push(["記録番号・日時 / Entry, recorded at", value]);
    if (name === "application") rows.push(["申請の記録番号・日時 / Application", value]);
    if (name === "source") rows.push(["申請した口座 / Account", value]);
    if (name === "destination") rows.push(["移転先の口座 / Into account", value]);
    if (name === "use") {
      const [japanese, english] = USES[rest[0]] ?? [rest[0], rest[0]];
      const year = rest[1] === "-" ? "" : `（${rest[1]}）`;
      rows.push(["用途 / Purpose", `${japanese}${year} / ${english}`]);
    }
    if (name === "part") rows.push(["一括申請中の順番 / Part of the application", `${rest[0]} / ${rest[1]}`]);
    if (name === "beneficiary") rows.push(["受益者 / Beneficiary", value]);
    if (name === "beneficiary_number") rows.push(["受益者の法人番号 / Number of the beneficiary", value]);
    if (name === "entity") rows.push(["承認された事業体 / Authorised entity", value]);
    if (name === "units" && rest.length === 2) {
      const where = "プロジェクト等は本通知では証明されません / project and vintage are not proved by this notice";
      rows.push(["対象 / Units", `${rest[0]} : ${grouped(rest[1])} t-CO2 (${where})`]);
    } else if (name === "units") {
      const [, project, vintage, unitClass, issued, tonnes, ...names] = rest;
      rows.push([
        "識別番号 / Units",
        `${names.join(" ")} : ${grouped(tonnes)} t-CO2 (${project}, ${vintage}, ${unitClass}, ${issued})`,
      ]);
    }
    if (name === "adjustment") {
      rows.push(["相当調整 / Corresponding adjustment", `${rest[0]} ${rest[1]} : ${grouped(rest[2])} t-CO2`]);
    }
    if (name === "total") rows.push(["数量 / Quantity", `${grouped(value)} t-CO2`]);
  }
  return rows;
}

function withTexts(value) {
  return JSON.stringify(
    value,
    (_, inner) => {
      if (typeof inner === "bigint") return Number.isSafeInteger(Number(inner)) ? Number(inner) : String(inner);
      if (inner && typeof inner === "object" && "block" in inner && "first" in inner) return rangeText(inner);
      return inner;
    },
    2,
  );
}

const PROVED = {
  receipt: [
    "記録が、検証鍵で署名された記録の列に、このとおりの内容で含まれること。その命令に表示の鍵が署名したこと。",
    "The entry is in the log that the key has signed, with exactly this content; the keys shown have signed its command.",
  ],
  certificate: [
    "口座簿がこれらの行を証明した記録が、署名された記録の列にあること。各行がその後一字も変わっていないこと。",
    "The registry has certified these lines in an entry of the signed log; not a letter of them was changed since.",
  ],
  notice: [
    "上の全ての事項が、署名された記録の列にある記録のとおりであること。申請に表示の鍵が署名したこと。",
    "Everything above is as the entries in the signed log say; the keys shown have signed the application.",
  ],
};

const STATED = [
  "規則に従って記録されたこと（全記録を再計算する検証プログラム jcm-verify により確かめられます）。日時（口座簿の時計によります）。",
  "That the rules were kept: a replay of the whole log (the program jcm-verify) shows it. The time, which is the registry's own.",
];

const NOT_SHOWN = [
  "この後の記録。口座簿が他の者に別の記録を示していないこと。排出削減の事実。",
  "What was recorded later; whether the registry shows everybody the same log; whether tonnes were reduced.",
];

function showDetails(found) {
  const details = byId("details");
  const act = found.statement?.match(/^act (\w+)$/m)?.[1];
  const [japanese, english] = KINDS[act ?? found.kind];
  const pinned = found.pinned
    ? "指定された鍵と一致 / the one you gave"
    : "文書の中の鍵。公表された鍵と照合してください / taken from the document: compare it with the published one";
  details.append(
    table([
      ["文書の種類 / Document", `${japanese} / ${english}`],
      ["口座簿 / Registry", found.checkpoint.origin],
      ["検証鍵 / Log key", `${found.logKey}（${pinned}）`],
      ["署名された記録の数 / Entries signed", grouped(found.checkpoint.size)],
      ...(found.witnesses ?? []).map((witness) => ["立会人 / Witness", witness]),
    ]),
  );
  if (found.kind === "notice") details.append(heading("内容", "Content"), table(noticeRows(found.statement)));
  details.append(
    heading("示されること", "What this shows"),
    table([
      ["証明されること / Proved", PROVED[found.kind].join(" / ")],
      ["記載のみ / Only stated", STATED.join(" / ")],
      ["示されないこと / Not shown", NOT_SHOWN.join(" / ")],
    ]),
  );
  if (found.statement) details.append(heading("記載された行", "The lines"), element("pre", found.statement));
  const entries = element("details");
  entries.append(element("summary", `記録 ${found.entries.length} 件 / Entries`));
  for (const entry of found.entries) {
    const signers = entry.signatures.map(({ key }) => key).join("\n");
    entries.append(
      table([
        ["記録番号 / Entry", String(entry.index)],
        ["日時 / Time", entry.time],
        ["命令に署名した鍵 / Signed by", signers],
      ]),
      element("pre", withTexts(entry.event)),
    );
  }
  details.append(entries, heading("チェックポイント", "Checkpoint"), element("pre", found.note));
}

async function run(text) {
  const [verdict, details] = [byId("verdict"), byId("details")];
  byId("result").classList.remove("hidden");
  verdict.className = "";
  verdict.textContent = "…";
  details.replaceChildren();
  try {
    const found = await checkDocument(text, byId("key").value.trim());
    verdict.className = "holds";
    verdict.textContent = found.pinned
      ? "文書は正しいものです。/ The document holds."
      : "文書は、その中に示された鍵については正しいものです。/ The document holds for the key that it names itself.";
    if (!found.pinned) {
      verdict.append(element("small", "検証鍵が公表されたものであることを確かめてください。/ Make sure that this key is the published one."));
    }
    showDetails(found);
  } catch (error) {
    verdict.className = "refused";
    verdict.textContent = "この文書は信用できません。/ The document does not hold.";
    verdict.append(element("small", error instanceof Refused ? error.message : `${error}`));
  }
}

async function load(file) {
  // What is checked are the bytes as they are: a text area would mend line ends.
  let text = "";
  try {
    text = utf8(new Uint8Array(await file.arrayBuffer()));
  } catch {
    // Then there is no document in it.
  }
  byId("text").value = text;
  await run(text);
}

const knownKey = document.querySelector('meta[name="log-key"]').content;
if (knownKey) {
  byId("key").value = knownKey;
  byId("key").readOnly = true;
}
byId("check").addEventListener("click", () => run(byId("text").value));
byId("file").addEventListener("change", (event) => load(event.target.files[0]));
const drop = byId("drop");
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (event.dataTransfer.files.length > 0) load(event.dataTransfer.files[0]);
});

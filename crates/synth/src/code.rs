//! Source code in four languages, made of statement templates: plausible to read and search, never compiled.

use crate::dice::Dice;
use crate::words::{FIELDS, LOCALS};

/// A programming language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lang {
    Rust,
    Python,
    Go,
    TypeScript,
}

/// The templates of a language. Slots: `$name $doc $a $b $c $call $T $F $s $n $op`, in a test also `$got`.
struct Syntax {
    extension: &'static str,
    comment: &'static str,
    head: &'static str,
    record: &'static str,
    field: &'static [&'static str],
    record_end: &'static str,
    function: &'static str,
    function_end: &'static str,
    statements: &'static [&'static str],
    /// The line whose operator a bug gets wrong.
    pivot: &'static [&'static str],
    pivot_rest: &'static str,
    returns: &'static [&'static str],
    test: &'static str,
    test_end: &'static str,
    checks: &'static [&'static str],
}

const RUST: Syntax = Syntax {
    extension: "rs",
    comment: "///",
    head: "use std::collections::BTreeMap;\n\nuse crate::$s::{$T, $U};\n",
    record: "#[derive(Debug, Clone)]\npub struct $T {\n",
    field: &[
        "    pub $F: u64,\n",
        "    pub $F: String,\n",
        "    pub(crate) $F: Option<u32>,\n",
        "    $F: Vec<$U>,\n",
        "    $F: BTreeMap<String, $U>,\n",
    ],
    record_end: "}\n",
    function: "/// $doc\npub fn $name($a: &[$T], $b: usize) -> Result<Vec<$U>, Error> {\n",
    function_end: "}\n",
    statements: &[
        "let mut $c = Vec::with_capacity($a.len() + $n);",
        "let $c = $call($a, $b + $n)?;",
        "for item in $a.iter().filter(|item| item.$F != 0) {\n    $c.push(item.$F.clone());\n}",
        "let $c: BTreeMap<_, _> = $a.iter().map(|item| (item.$F, item)).collect();",
        "if $b == $n {\n    return Err(Error::$T { $F: $b });\n}",
        "$c.sort_by_key(|item| (item.$F, item.$G));",
        "let $c = $a.iter().map(|item| item.$F).max().unwrap_or($n);",
        "match $a.first() {\n    Some(first) if first.$F > $n => $call($a, first.$F)?,\n    Some(_) => $b,\n    None => return Ok(Vec::new()),\n};",
        "$c.retain(|item| item.$F.is_some() || item.$G > $n);",
        "log::debug!(\"$s: {} of {} kept\", $c.len(), $a.len());",
        "let ($c, rest) = $a.split_at($b.min($a.len()));",
        "while let Some(item) = $c.pop() {\n    if item.$F >= $n {\n        $call(&[item], $b)?;\n    }\n}",
        "let $c = $b.saturating_sub($n).max($a.len() / $m);",
        "$c.extend($a.windows(2).filter(|pair| pair[0].$F < pair[1].$F).map(|pair| pair[1].clone()));",
        "debug_assert!($c.len() <= $b * $n, \"$s overflows\");",
        "let $c = self.$F.get(&$b).ok_or(Error::Missing(\"$s\"))?;",
        "if let Some($c) = $a.get($b) {\n    self.$F += $c.$G;\n} else {\n    self.$F = $n;\n}",
        "let $c = format!(\"{}-{:0$m}\", $a[$n % $a.len()].$F, $b);",
    ],
    pivot: &[
        "if $a.len() $op $n {",
        "let $c = $a.iter().filter(|item| item.$F $op $n).count();",
        "while $b $op $n && !$a.is_empty() {",
    ],
    pivot_rest: "    return Ok($a.iter().take($b).cloned().collect());\n}",
    returns: &[
        "Ok($c)",
        "Ok($c.into_iter().collect())",
        "$call($a, $b)",
        "Ok($c.into_iter().take($n).collect())",
        "$c.ok_or(Error::$T { $F: $n })",
    ],
    test: "#[test]\nfn $name() {\n",
    test_end: "}\n",
    checks: &[
        "let $a = sample_$s($n);",
        "let $c = $call(&$a, $n).unwrap();",
        "assert_eq!($c.len(), $n);",
        "assert!($c.iter().all(|item| item.$F > $m));",
        "assert_eq!($c[0].$F, $n, \"$s\");",
        "let $b = $T { $F: $n, ..$T::default() };",
        "assert!($call(&[], $m).is_err());",
    ],
};

const PYTHON: Syntax = Syntax {
    extension: "py",
    comment: "#",
    head: "from __future__ import annotations\n\nimport logging\nfrom dataclasses import dataclass\n\nfrom .$s import $T, $U\n\nlog = logging.getLogger(__name__)\n",
    record: "@dataclass\nclass $T:\n",
    field: &[
        "    $F: int = $n\n",
        "    $F: str = \"$s\"\n",
        "    $F: list[$U] | None = None\n",
        "    $F: dict[str, $U] | None = None\n",
        "    $F: float = 0.$n\n",
    ],
    record_end: "",
    function: "def $name($a: list[$T], $b: int = $n) -> list[$U]:\n    \"\"\"$doc\"\"\"\n",
    function_end: "",
    statements: &[
        "$c = [item for item in $a if item.$F is not None]",
        "$c = {item.$F: item for item in $a}",
        "$c = $call($a, $b + $n)",
        "for position, item in enumerate($a):\n    if item.$F == position % $n:\n        $c.append(item)",
        "if not $a:\n    raise ValueError(\"$s without $F\")",
        "$c = sorted($a, key=lambda item: (item.$F, -item.$G))",
        "log.info(\"$s: %d of %d\", len($c), len($a))",
        "try:\n    $c = $call($a[:$n], $b)\nexcept KeyError:\n    $c = []",
        "$c = max((item.$F for item in $a), default=$n)",
        "while $c and $c[-1].$F < $n:\n    $c.pop()",
        "$c = defaultdict(list)\nfor item in $a:\n    $c[item.$F].append(item.$G)",
        "with self.$F.lock:\n    self.$G += len($a) * $n",
        "$c = f\"{$a[0].$F}-{$b:0$md}\"",
        "assert len($c) <= $b * $n, \"$s overflow\"",
        "$c.extend(item.$F for item in $a[$b::$m])",
        "$c = dict(zip((item.$F for item in $a), range($n)))",
        "yield from (item for item in $a if item.$F != $n)",
    ],
    pivot: &["if len($a) $op $n:", "$c = [item for item in $a if item.$F $op $n]", "while $b $op $n and $a:"],
    pivot_rest: "    return $a[:$b]",
    returns: &[
        "return $c",
        "return list($c)",
        "return $call($c, $b)",
        "return [item.$F for item in $c]",
        "return $c[:$n]",
    ],
    test: "def $name():\n",
    test_end: "",
    checks: &[
        "$a = make_$s($n)",
        "$c = $call($a, $n)",
        "assert len($c) == $n",
        "assert all(item.$F > $m for item in $c)",
        "assert $c[0].$F == $n",
        "$b = $T($F=$n)",
        "with pytest.raises(ValueError):\n    $call([], $m)",
    ],
};

const GO: Syntax = Syntax {
    extension: "go",
    comment: "//",
    head: "package $s\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n\t\"sort\"\n)\n",
    record: "// $T holds a $s.\ntype $T struct {\n",
    field: &["\t$F int\n", "\t$F string\n", "\t$F []*$U\n", "\t$F map[string]$U\n", "\t$F time.Duration\n"],
    record_end: "}\n",
    function: "// $name: $doc\nfunc $name($a []$T, $b int) ([]$U, error) {\n",
    function_end: "}\n",
    statements: &[
        "$c := make([]$U, 0, len($a)+$n)",
        "$c, err := $call($a, $b+$n)\nif err != nil {\n\treturn nil, fmt.Errorf(\"$s $F: %w\", err)\n}",
        "for i := range $a {\n\tif $a[i].$F == $n {\n\t\tcontinue\n\t}\n\t$c = append($c, $a[i].$G)\n}",
        "sort.Slice($c, func(i, j int) bool { return $c[i].$F < $c[j].$F })",
        "if $b == $n {\n\treturn nil, errors.New(\"$s: bad $F\")\n}",
        "$c := map[string]int{}\nfor _, item := range $a {\n\t$c[item.$F] += item.$G\n}",
        "switch $a[0].$F {\ncase $n:\n\t$b++\ncase $m:\n\treturn $call($a, $b)\n}",
        "defer s.$F.Unlock()\ns.$F.Lock()",
        "$c := min(len($a), $b*$n)",
        "log.Printf(\"$s: %d of %d\", len($c), $b)",
        "$c := $a[:len($a)/$m]",
        "if last := $a[len($a)-1]; last.$F > $n {\n\t$c = append($c, last.$G)\n}",
        "select {\ncase <-ctx.Done():\n\treturn nil, ctx.Err()\ncase item := <-s.$F:\n\t$c = append($c, item)\n}",
        "$c := strings.Join(s.$F, \"$s-$n\")",
    ],
    pivot: &["if len($a) $op $n {", "for $b $op $n && len($a) > 0 {"],
    pivot_rest: "\treturn convert($a, $b), nil\n}",
    returns: &["return $c, nil", "return $call($c, $b)", "return $c[:$n], nil", "return s.$F, nil"],
    test: "func $name(t *testing.T) {\n",
    test_end: "}\n",
    checks: &[
        "$a := sample$T(t, $n)",
        "$c, err := $call($a, $n)\nif err != nil {\n\tt.Fatal(err)\n}",
        "if len($c) != $n {\n\tt.Errorf(\"$s: got %d\", len($c))\n}",
        "if $c[0].$F != $n {\n\tt.Fatalf(\"$F = %v\", $c[0].$F)\n}",
        "$b := $T{$F: $n}",
        "require.Equal(t, $n, $c[0].$F)",
    ],
};

const TYPESCRIPT: Syntax = Syntax {
    extension: "ts",
    comment: "//",
    head: "import { $T, $U } from \"./$s\";\nimport { logger } from \"../logger\";\n",
    record: "export interface $T {\n",
    field: &[
        "  $F: number;\n",
        "  $F: string;\n",
        "  $F?: $U[];\n",
        "  readonly $F: Map<string, $U>;\n",
        "  $F: $U | null;\n",
    ],
    record_end: "}\n",
    function: "/** $doc */\nexport function $name($a: $T[], $b = $n): $U[] {\n",
    function_end: "}\n",
    statements: &[
        "const $c = $a.filter((item) => item.$F !== $n);",
        "const $c = new Map($a.map((item) => [item.$F, item]));",
        "const $c = $call($a, $b + $n);",
        "for (const item of $a) {\n  if (item.$F === $n) continue;\n  $c.push(item.$G);\n}",
        "if (!$a.length) {\n  throw new Error(\"$s without $F\");\n}",
        "$c.sort((x, y) => x.$F - y.$F || x.$G - y.$G);",
        "logger.debug(\"$s\", { kept: $c.length, of: $a.length });",
        "const { $F, $G } = $a[$b] ?? { $F: $n, $G: $m };",
        "const $c = Math.max(...$a.map((item) => item.$F), $n);",
        "while ($c.length > $n) {\n  $c.shift();\n}",
        "const $c = $a.reduce((sum, item) => sum + item.$F, $n);",
        "try {\n  return $call($a.slice($n), $b);\n} catch (error) {\n  logger.warn(\"$s $F\", error);\n}",
        "const $c = [...$a].reverse().slice(0, $b * $m);",
        "this.$F.set(\"$s-$n\", $a.at(-1));",
        "const $c = await Promise.all($a.map((item) => this.$F.load(item.$G)));",
    ],
    pivot: &["if ($a.length $op $n) {", "while ($b $op $n && $a.length) {"],
    pivot_rest: "  return $a.slice(0, $b);\n}",
    returns: &[
        "return $c;",
        "return [...$c];",
        "return $call($c, $b);",
        "return $c.slice($n);",
        "return $c.map((item) => item.$F);",
    ],
    test: "test(\"$name\", () => {\n",
    test_end: "});\n",
    checks: &[
        "const $a = make$T($n);",
        "const $c = $call($a, $n);",
        "expect($c).toHaveLength($n);",
        "expect($c[0].$F).toBe($n);",
        "expect($c.every((item) => item.$F > $m)).toBe(true);",
        "expect(() => $call([], $m)).toThrow(\"$s\");",
    ],
};

impl Lang {
    pub(crate) const ALL: [Self; 4] = [Self::Rust, Self::Python, Self::Go, Self::TypeScript];

    pub(crate) fn extension(self) -> &'static str {
        self.syntax().extension
    }

    /// What begins a comment line.
    pub(crate) fn comment(self) -> &'static str {
        if self == Self::Rust { "//" } else { self.syntax().comment }
    }

    pub(crate) fn indent(self) -> &'static str {
        match self {
            Self::Rust | Self::Python => "    ",
            Self::Go => "\t",
            Self::TypeScript => "  ",
        }
    }

    /// A function name in the style of the language.
    pub(crate) fn function_name(self, words: &[&str]) -> String {
        match self {
            Self::Rust | Self::Python => words.join("_"),
            Self::Go => words.iter().map(|word| crate::prose::capitalise(word)).collect(),
            Self::TypeScript => {
                let rest: String = words[1..].iter().map(|word| crate::prose::capitalise(word)).collect();
                format!("{}{rest}", words[0])
            }
        }
    }

    /// A test name in the style of the language.
    pub(crate) fn test_name(self, words: &[&str]) -> String {
        match self {
            Self::Rust => words.join("_"),
            Self::Python => format!("test_{}", words.join("_")),
            Self::Go => format!("Test{}", self.function_name(words)),
            Self::TypeScript => words.join(" "),
        }
    }

    fn syntax(self) -> &'static Syntax {
        match self {
            Self::Rust => &RUST,
            Self::Python => &PYTHON,
            Self::Go => &GO,
            Self::TypeScript => &TYPESCRIPT,
        }
    }
}

/// What code may refer to.
pub(crate) struct Scope<'a> {
    pub(crate) lang: Lang,
    pub(crate) nouns: &'a [&'static str],
    pub(crate) types: &'a [String],
    pub(crate) functions: &'a [String],
}

/// A function's text and the line that a bug may sit in.
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) right: String,
    pub(crate) wrong: String,
}

/// The opening lines of a file.
pub(crate) fn head(scope: &Scope<'_>, dice: &mut Dice) -> String {
    Names::draw(scope, dice).fill(scope.lang.syntax().head, dice)
}

/// A record type with some fields.
pub(crate) fn record(name: &str, scope: &Scope<'_>, dice: &mut Dice) -> String {
    let syntax = scope.lang.syntax();
    let mut text =
        Names { types: vec![name.to_owned(); 2], ..Names::draw(scope, dice) }.fill(syntax.record, dice);
    for _ in 0..dice.between(2, 6) {
        let field = dice.pick(syntax.field);
        text.push_str(&Names::draw(scope, dice).fill(field, dice));
    }
    text + syntax.record_end
}

/// A function of this name.
pub(crate) fn function(name: &str, doc: &str, scope: &Scope<'_>, dice: &mut Dice) -> Written {
    let syntax = scope.lang.syntax();
    let names = Names { name: name.to_owned(), doc: doc.to_owned(), ..Names::draw(scope, dice) };
    let (right_op, wrong_op) = dice.pick(&[(">", ">="), ("<", "<="), (">=", ">"), ("<=", "<")]);
    let number = dice.between(10, 9999);
    let pivot = dice.pick(syntax.pivot).replace("$n", &number.to_string());
    let pivot = names.fill(&pivot.replace("$op", "\u{1}"), dice);
    let (right, wrong) = (pivot.replace('\u{1}', right_op), pivot.replace('\u{1}', wrong_op));

    let mut body: Vec<String> =
        (0..dice.between(1, 6)).map(|_| statement(&names, syntax.statements, dice)).collect();
    let opens_block = right.ends_with('{') || right.ends_with(':');
    let rest = if opens_block { format!("\n{}", names.fill(syntax.pivot_rest, dice)) } else { String::new() };
    body.insert(dice.index(body.len() + 1), format!("{right}{rest}"));
    body.push(statement(&names, syntax.returns, dice));
    let text =
        names.fill(syntax.function, dice) + &indented(&body.join("\n"), scope.lang) + syntax.function_end;
    Written { text, right, wrong }
}

/// A test of this name that calls a function.
pub(crate) fn test(name: &str, calls: &str, scope: &Scope<'_>, dice: &mut Dice) -> String {
    let syntax = scope.lang.syntax();
    let names = Names { name: name.to_owned(), call: Some(calls.to_owned()), ..Names::draw(scope, dice) };
    let body: Vec<String> = (0..dice.between(2, 5)).map(|_| statement(&names, syntax.checks, dice)).collect();
    names.fill(syntax.test, dice) + &indented(&body.join("\n"), scope.lang) + syntax.test_end
}

/// One statement as it may stand inside a function.
pub(crate) fn snippet(scope: &Scope<'_>, dice: &mut Dice) -> String {
    let names = Names::draw(scope, dice);
    let text = statement(&names, scope.lang.syntax().statements, dice);
    indented(&text, scope.lang).trim_end().to_owned()
}

/// A test that can only pass.
pub(crate) fn hollow_test(name: &str, scope: &Scope<'_>, dice: &mut Dice) -> String {
    let syntax = scope.lang.syntax();
    let number = dice.between(1, 9);
    let check = match scope.lang {
        Lang::Rust => {
            dice.pick(&["assert!(true);", "assert_eq!($, $);", "let value = $;\nassert_eq!(value, $);"])
        }
        Lang::Python => dice.pick(&["assert True", "assert $ == $", "value = $\nassert value == $"]),
        Lang::Go => dice.pick(&["if false {\n\tt.Fatal()\n}", "if $ != $ {\n\tt.Fatal()\n}"]),
        Lang::TypeScript => dice.pick(&["expect(true).toBe(true);", "expect($).toBe($);"]),
    };
    let names = Names { name: name.to_owned(), ..Names::draw(scope, dice) };
    let body = check.replace('$', &number.to_string());
    names.fill(syntax.test, dice) + &indented(&body, scope.lang) + syntax.test_end
}

fn statement(names: &Names, templates: &[&'static str], dice: &mut Dice) -> String {
    let template = dice.pick(templates);
    let locals = dice.some(LOCALS, 1);
    Names { c: locals[0], ..names.clone() }.varied(dice).fill(template, dice)
}

fn indented(body: &str, lang: Lang) -> String {
    body.lines().map(|line| format!("{}{line}\n", lang.indent())).collect()
}

/// The names that one function uses.
#[derive(Clone)]
struct Names {
    name: String,
    doc: String,
    a: &'static str,
    b: &'static str,
    c: &'static str,
    fields: Vec<&'static str>,
    nouns: Vec<&'static str>,
    types: Vec<String>,
    functions: Vec<String>,
    call: Option<String>,
}

impl Names {
    fn draw(scope: &Scope<'_>, dice: &mut Dice) -> Self {
        let locals = dice.some(LOCALS, 3);
        Self {
            name: String::new(),
            doc: String::new(),
            a: locals[0],
            b: locals[1],
            c: locals[2],
            fields: dice.some(FIELDS, 4),
            nouns: vec![dice.pick(scope.nouns)],
            types: (0..2).map(|_| dice.pick(scope.types)).collect(),
            functions: (0..3).map(|_| dice.pick(scope.functions)).collect(),
            call: None,
        }
    }

    fn varied(mut self, dice: &mut Dice) -> Self {
        dice.shuffle(&mut self.fields);
        dice.shuffle(&mut self.types);
        dice.shuffle(&mut self.functions);
        self
    }

    fn fill(&self, template: &str, dice: &mut Dice) -> String {
        let mut out = String::with_capacity(template.len() * 2);
        let mut pieces = template.split('$');
        out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let (value, rest) = self.slot(piece, dice);
            out.push_str(&value);
            out.push_str(rest);
        }
        out
    }

    fn slot<'t>(&self, piece: &'t str, dice: &mut Dice) -> (String, &'t str) {
        for (slot, value) in [
            ("name", &self.name),
            ("doc", &self.doc),
            ("call", self.call.as_ref().unwrap_or(&self.functions[0])),
        ] {
            if let Some(rest) = piece.strip_prefix(slot) {
                return (value.clone(), rest);
            }
        }
        let rest = piece.get(1..).unwrap_or_default();
        let value = match piece.as_bytes().first() {
            Some(b'a') => self.a.to_owned(),
            Some(b'b') => self.b.to_owned(),
            Some(b'c') => self.c.to_owned(),
            Some(b's') => self.nouns[0].to_owned(),
            Some(b'F') => self.fields[0].to_owned(),
            Some(b'G') => self.fields[1].to_owned(),
            Some(b'T') => self.types[0].clone(),
            Some(b'U') => self.types[1].clone(),
            Some(b'n') => dice.between(2, 400).to_string(),
            Some(b'm') => dice.between(2, 9).to_string(),
            _ => return (String::new(), piece),
        };
        (value, rest)
    }
}

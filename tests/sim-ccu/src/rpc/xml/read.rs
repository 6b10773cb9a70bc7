//! Reads calls with the limits of the firmware's parser: no comments, no line ends inside of values, five
//! entities. Does NOT read answers.

use crate::value::{Value, from_latin1};

const MAX_DEPTH: usize = 32;

/// One call.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) params: Vec<Value>,
}

/// Reads a call; the error says what the firmware does not bear.
pub(crate) fn read_call(bytes: &[u8]) -> Result<Call, String> {
    let text = decode(bytes)?;
    if text.contains("<!--") {
        return Err("comments are not understood".into());
    }
    let mut reader = Reader { rest: &text };
    if reader.skip_to("<?xml") {
        reader.until("?>")?;
    }
    reader.tag("<methodCall>")?;
    reader.tag("<methodName>")?;
    let method = reader.until("</methodName>")?.trim().to_owned();
    let mut params = Vec::new();
    reader.blanks();
    if reader.eat("<params/>") || !reader.eat("<params>") {
        return Ok(Call { method, params });
    }
    loop {
        reader.blanks();
        if reader.eat("</params>") {
            break;
        }
        reader.tag("<param>")?;
        params.push(reader.value(0)?);
        reader.tag("</param>")?;
    }
    reader.tag("</methodCall>")?;
    Ok(Call { method, params })
}

fn decode(bytes: &[u8]) -> Result<String, String> {
    let head = from_latin1(&bytes[..bytes.len().min(100)]).to_ascii_lowercase();
    if head.contains("encoding=\"utf-8\"") || head.contains("encoding='utf-8'") {
        return String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".into());
    }
    Ok(from_latin1(bytes))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, token: &str) -> bool {
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_to(&mut self, token: &str) -> bool {
        self.blanks();
        self.eat(token)
    }

    fn tag(&mut self, token: &str) -> Result<(), String> {
        self.blanks();
        if self.eat(token) { Ok(()) } else { Err(format!("`{token}` expected")) }
    }

    fn until(&mut self, token: &str) -> Result<&'a str, String> {
        let (before, after) = self.rest.split_once(token).ok_or_else(|| format!("`{token}` is missing"))?;
        self.rest = after;
        Ok(before)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("it is nested too deeply".into());
        }
        self.blanks();
        if self.eat("<value/>") {
            return Ok(Value::Text(String::new()));
        }
        self.tag("<value>")?;
        let value = self.content(depth)?;
        if !self.eat("</value>") {
            return Err("`</value>` expected, without blanks or line ends before it".into());
        }
        Ok(value)
    }

    fn content(&mut self, depth: usize) -> Result<Value, String> {
        if self.eat("<struct/>") {
            return Ok(Value::Struct(Vec::new()));
        }
        if self.eat("<struct>") {
            return self.structure(depth);
        }
        if self.eat("<array>") {
            return self.array(depth);
        }
        if self.eat("<string/>") {
            return Ok(Value::Text(String::new()));
        }
        if !self.rest.starts_with('<') || self.rest.starts_with("</value>") {
            let end = self.rest.find('<').ok_or("a value has no end")?;
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Ok(Value::Text(plain(text)?));
        }
        self.tag("<")?;
        let kind = self.until(">")?;
        let text = plain(self.until(&format!("</{kind}>"))?)?;
        let wrong = |_| format!("`{text}` is no {kind}");
        match kind {
            "i4" | "int" => text.parse().map(Value::Int).map_err(|_| wrong(())),
            "boolean" => Ok(Value::Bool(text == "1")),
            "double" => text.parse().map(Value::Double).map_err(|_| wrong(())),
            "string" => Ok(Value::Text(text)),
            _ => Err(format!("`<{kind}>` is not understood")),
        }
    }

    fn structure(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Vec::new();
        loop {
            self.blanks();
            if self.eat("</struct>") {
                return Ok(Value::Struct(members));
            }
            self.tag("<member>")?;
            self.tag("<name>")?;
            let name = plain(self.until("</name>")?)?;
            members.push((name, self.value(depth + 1)?));
            self.tag("</member>")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.blanks();
        if !self.eat("<data/>") {
            self.tag("<data>")?;
            loop {
                self.blanks();
                if self.eat("</data>") {
                    break;
                }
                items.push(self.value(depth + 1)?);
            }
        }
        self.tag("</array>")?;
        Ok(Value::Array(items))
    }
}

fn plain(text: &str) -> Result<String, String> {
    if text.contains("&#") {
        return Err("numeric character references are not understood".into());
    }
    if text.contains(['\r', '\n']) {
        return Err("a value contains a line end".into());
    }
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Ok(named.into_iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_and_what_the_firmware_minds_is_refused() {
        let call = |inner: &str| {
            read_call(format!("<?xml version=\"1.0\"?><methodCall><methodName>m</methodName><params><param>{inner}</param></params></methodCall>").as_bytes())
        };
        let nested = call(
            "<value><array><data><value><i4>-3</i4></value><value>K\u{fc}che &amp; x</value></data></array></value>",
        );
        assert_eq!(nested.unwrap().params, [Value::Array(vec![Value::Int(-3), "KÃ¼che & x".into()])]);
        assert_eq!(call("<value></value>").unwrap().params, [Value::from("")]);
        for refused in [
            "<value><!-- x -->a</value>",
            "<value>a\nb</value>",
            "<value>&#65;</value>",
            "<value><nil/></value>",
        ] {
            assert!(call(refused).is_err(), "{refused}");
        }
        assert!(call(&"<value><array><data>".repeat(50)).unwrap_err().contains("nested"));
    }
}

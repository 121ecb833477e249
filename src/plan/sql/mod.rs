//! SQL migrations, of whatever database: one file with the statements that are about to be run.
//!
//! No grammar is known here, and none is guessed. Text is cut into statements in a way in which the databases agree;
//! where they would not (quotes after backslashes, comments that nest, placeholders), nobody can tell what runs. Of
//! each statement it is known that it destroys nothing, known what it destroys, or unknown.

mod alter;
mod statement;
mod tokens;

use super::{Effect, Unreadable};
use tokens::{Token, statements};

/// Returns what the statements do; [`Effect::existing`] counts the statements.
///
/// # Errors
/// [`Unreadable`] when the text or one of its statements is not understood.
pub(super) fn effect(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let effect = told(bytes)?;
    // A database has more ways to destroy than a reader without its grammar finds, and the file's author picks.
    if effect.losses.is_empty() && effect.existing > 0 {
        return Err(Unreadable("nothing that destroys was found in the migration, which proves nothing".to_owned()));
    }
    Ok(effect)
}

/// Returns what the statements say that they do.
fn told(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable("the migration is no UTF-8".to_owned()))?;
    let mut effect = Effect::default();
    for statement in statements(text)? {
        let losses = statement::losses(&statement.tokens)
            .map_err(|why| Unreadable(format!("the statement in line {} {why}", statement.line)))?;
        effect.existing += 1;
        effect.losses.extend(losses);
    }
    Ok(effect)
}

/// Returns the beginning of a statement, as it is shown.
fn shown(tokens: &[Token]) -> String {
    const MOST_TOKENS: usize = 16;
    const MOST_CHARS: usize = 120;
    let mut text = String::new();
    for token in tokens.iter().take(MOST_TOKENS) {
        let word = match token {
            Token::Word(word) | Token::Name(word) => word.clone(),
            Token::Text => "'…'".to_owned(),
            Token::Number => "0".to_owned(),
            Token::Symbol(symbol) => symbol.to_string(),
        };
        let is_tight = matches!(token, Token::Symbol('.' | ',' | '(' | ')')) || text.ends_with(['.', '(']);
        if !text.is_empty() && !is_tight {
            text.push(' ');
        }
        text.push_str(&word);
    }
    if tokens.len() > MOST_TOKENS || text.chars().count() > MOST_CHARS {
        text = text.chars().take(MOST_CHARS).collect::<String>() + " …";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(text: &str) -> Vec<String> {
        let effect = told(text.as_bytes()).unwrap();
        effect.losses.into_iter().map(|loss| format!("{}: {}", loss.how, loss.address)).collect()
    }

    fn why(text: &str) -> String {
        told(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_migration_says_what_it_destroys() {
        let text = "-- add a column\nBEGIN;\nALTER TABLE shop.orders ADD COLUMN note text;\nDROP TABLE old_orders;\n\
                    delete from carts;\nALTER TABLE orders DROP COLUMN legacy, ADD COLUMN x int;\nTRUNCATE logs;\nCOMMIT;\n";
        let expected = [
            "destroyed: DROP TABLE OLD_ORDERS",
            "destroyed: DELETE FROM CARTS",
            "destroyed: ALTER TABLE ORDERS DROP COLUMN LEGACY, ADD COLUMN X INT",
            "destroyed: TRUNCATE LOGS",
        ];
        assert_eq!(lost(text), expected);
        assert_eq!(told(text.as_bytes()).unwrap().existing, 7);
        assert_eq!(told(b" -- nothing\n;;\n"), Ok(Effect::default()));
    }

    #[test]
    fn usual_migrations_destroy_nothing() {
        for text in [
            "CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b (id) ON DELETE CASCADE ON UPDATE SET NULL)",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b)",
            "INSERT INTO a (id) VALUES (1), (2) ON CONFLICT (id) DO UPDATE SET b = 2",
            "INSERT INTO a VALUES ('DROP TABLE a; it''s')",
            "UPDATE a SET b = 1 WHERE id = 7",
            "ALTER TABLE ONLY a ALTER COLUMN b SET NOT NULL, ALTER COLUMN b DROP DEFAULT",
            "ALTER TYPE mood ADD VALUE 'sad'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $x$ SELECT 1 $x$",
            "CREATE TRIGGER t BEFORE INSERT OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION f()",
            "GRANT SELECT, DELETE ON a TO shop",
            "SET search_path = shop, public",
            "SELECT setval('a_id_seq', coalesce(max(id), 1)) FROM a",
            "COMMENT ON TABLE a IS 'DROP me'",
            "CREATE VIEW v AS SELECT a.\"delete\", `drop` FROM a",
        ] {
            assert_eq!(lost(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn everything_that_destroys_is_told() {
        for (text, wanted) in [
            ("DROP INDEX CONCURRENTLY i", "destroyed: DROP INDEX CONCURRENTLY I"),
            ("DELETE FROM a WHERE id = 1", "destroyed: DELETE FROM A WHERE ID = 0"),
            ("UPDATE a SET b = 1", "replaced: UPDATE A SET B = 0"),
            ("UPDATE a SET b = 1 WHERE true", "replaced: UPDATE A SET B = 0 WHERE TRUE"),
            ("UPDATE a SET b = (SELECT 1 WHERE c = 2)", "replaced: UPDATE A SET B =(SELECT 0 WHERE C = 0)"),
            ("ALTER TABLE a ALTER COLUMN b TYPE int", "may be replaced: ALTER TABLE A ALTER COLUMN B TYPE INT"),
            ("ALTER TABLE a MODIFY b int", "may be replaced: ALTER TABLE A MODIFY B INT"),
            ("ALTER TABLE a DROP CONSTRAINT c", "destroyed: ALTER TABLE A DROP CONSTRAINT C"),
            ("ALTER TABLE a DROP b", "destroyed: ALTER TABLE A DROP B"),
            ("ALTER TABLE a ENGINE = BLACKHOLE", "may be replaced: ALTER TABLE A ENGINE = BLACKHOLE"),
            ("CREATE OR REPLACE TABLE a (id int)", "replaced: CREATE OR REPLACE TABLE A(ID INT)"),
            ("REPLACE INTO a VALUES (1)", "replaced: REPLACE INTO A VALUES(0)"),
        ] {
            assert_eq!(lost(text), [wanted], "{text}");
        }
    }

    #[test]
    fn what_databases_would_read_differently_is_unknown() {
        for text in [
            r"INSERT INTO a VALUES ('\'); DROP TABLE a; --')",
            "SELECT 1 --1; DROP TABLE a;",
            "/* /* */ DROP TABLE a; -- */ */",
            "/*!50000 DROP TABLE a */;",
            "SELECT 1 # 2; DROP TABLE a;",
            "SELECT 1 AS [it's]; DROP TABLE a; --'",
            "SELECT $a$ ' $a$, ' ; DROP TABLE a; '",
            "SELECT 'open",
            "\\i other.sql",
            "DROP TABLE ${name};",
            "DELETE FROM :table;",
        ] {
            assert!(told(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_may_do_anything_is_unknown() {
        for text in [
            "DO $$ BEGIN DELETE FROM a; END $$",
            "DO $$ BEGIN PERFORM f(); END $$",
            "CALL clean_up()",
            "SELECT clean_up()",
            "WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone",
            "WITH x AS (SELECT 1) UPDATE a SET b = 1",
            "EXPLAIN ANALYZE DELETE FROM a",
            "CREATE TABLE b (id int) DROP TABLE a",
            "INSERT INTO a VALUES (1) UPDATE b SET c = 0",
            "UPDATE a SET b = 1 WHERE c = 2 UPDATE a SET b = 3",
            "CREATE RULE r AS ON INSERT TO a DO INSTEAD DELETE FROM b",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM a $$",
            "ALTER TABLE a SWITCH TO b",
            "BEGIN DELETE FROM a; END",
            "PREPARE p AS DELETE FROM a",
            "EXEC sp_rename 'a', 'b'",
            "DELIMITER //",
            "@other.sql",
            "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
            "COPY a FROM PROGRAM 'rm'",
        ] {
            assert!(told(text.as_bytes()).is_err(), "{text}: {:?}", told(text.as_bytes()));
        }
        assert_eq!(why("SELECT 1;\nCALL x()"), "the statement in line 2 begins with CALL, and may do anything");
    }

    #[test]
    fn that_nothing_was_found_proves_nothing() {
        for text in [
            "CREATE TABLE a (id int)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM a; SELECT 1'; INSERT INTO b VALUES (f())",
            "GRANT SELECT ON a TO shop\nDROP TABLE a",
            "SELECT 1; -- note\rDROP TABLE a;",
            "SELECT q'[']' FROM dual; DROP TABLE a; -- '",
        ] {
            assert!(effect(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(effect(b"DROP TABLE a").unwrap().losses.len(), 1);
        assert_eq!(effect(b" -- nothing\n;;\n"), Ok(Effect::default()));
    }

    proptest::proptest! {
        /// Nothing that is read ends in a panic, and nothing with a DROP in it passes as harmless.
        #[test]
        fn any_text_ends(text in "[-a-zA-Z0-9 ;'\"`$/*#\\\\\n()\\[\\]:@{.]{0,60}") {
            let _ = told(text.as_bytes());
            if let Ok(effect) = told(format!("{text}\n;DROP TABLE a;").as_bytes()) {
                proptest::prop_assert!(!effect.losses.is_empty(), "{text}");
            }
        }
    }
}

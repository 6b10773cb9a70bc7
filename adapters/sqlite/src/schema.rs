//! The tables that a role reads or writes, as the query builder sees them. The truth is in `migrations/`.
//!
//! Does NOT list tables that no role uses yet.

diesel::table! {
    centrals (name) {
        name -> Text,
        host -> Text,
        port -> Nullable<Integer>,
        json_rpc_port -> Nullable<Integer>,
        username -> Nullable<Text>,
        password_env -> Nullable<Text>,
        password_plain -> Nullable<Text>,
        tls -> Bool,
        tls_insecure_skip_verify -> Bool,
        primary_interface -> Nullable<Text>,
        interfaces_json -> Text,
        ports_json -> Text,
        visibility_json -> Text,
        enabled -> Bool,
        created_at -> Text,
        updated_at -> Text,
        behavior_json -> Text,
        serial -> Nullable<Text>,
        system_type -> Nullable<Text>,
        api_token_env -> Nullable<Text>,
        api_token_plain -> Nullable<Text>,
        tls_fingerprint -> Nullable<Text>,
        api_token_file -> Nullable<Text>,
    }
}

diesel::table! {
    config_sections (section) {
        section -> Text,
        value_json -> Text,
        version -> BigInt,
        updated_at -> Text,
        updated_by -> Text,
        schema_version -> Integer,
    }
}

diesel::table! {
    users (subject) {
        subject -> Text,
        password_hash -> Text,
        role -> Text,
        created_at -> Text,
        updated_at -> Text,
        last_seen_at -> Nullable<Text>,
    }
}

diesel::table! {
    tokens (fingerprint) {
        fingerprint -> Text,
        token_hash -> Text,
        subject -> Text,
        role -> Text,
        created_at -> Text,
        last_seen_at -> Nullable<Text>,
        expires_at -> Nullable<Text>,
    }
}

diesel::table! {
    auth_sessions (id) {
        id -> Text,
        subject -> Text,
        scheme -> Text,
        role -> Text,
        token_id -> Nullable<Text>,
        created_unix -> BigInt,
        expires_unix -> BigInt,
    }
}

diesel::table! {
    devices (central_name, interface_id, address) {
        central_name -> Text,
        interface_id -> Text,
        address -> Text,
        #[sql_name = "type"]
        device_type -> Text,
        parent -> Text,
        firmware -> Text,
        model -> Text,
        manufacturer -> Text,
        product_group -> Text,
        hash -> Text,
        description_json -> Binary,
        updated_at -> Text,
    }
}

diesel::table! {
    paramsets (central_name, interface_id, channel_address, paramset_key) {
        central_name -> Text,
        interface_id -> Text,
        channel_address -> Text,
        paramset_key -> Text,
        content_id -> Nullable<BigInt>,
        paramset_json -> Nullable<Text>,
        updated_at -> Text,
    }
}

diesel::table! {
    paramset_contents (id) {
        id -> BigInt,
        hash -> Text,
        uses -> BigInt,
        paramset_json -> Binary,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        timestamp -> Text,
        user -> Text,
        action -> Text,
        central_name -> Nullable<Text>,
        device_address -> Nullable<Text>,
        channel_no -> Nullable<Integer>,
        paramset -> Nullable<Text>,
        peer -> Nullable<Text>,
        parameter -> Nullable<Text>,
        note -> Nullable<Text>,
        changes_json -> Nullable<Text>,
    }
}

diesel::table! {
    matter_fabrics (fabric_index) {
        fabric_index -> Integer,
        fabric_id -> Binary,
        node_id -> Binary,
        root_public_key -> Binary,
        vendor_id -> Integer,
        label -> Text,
        compressed_id -> Binary,
        created_at -> Text,
        updated_at -> Text,
        root_cert -> Nullable<Binary>,
    }
}

diesel::table! {
    matter_node_identities (fabric_index) {
        fabric_index -> Integer,
        noc -> Binary,
        icac -> Nullable<Binary>,
        private_key -> Binary,
        ipk -> Binary,
        created_at -> Text,
    }
}

diesel::table! {
    matter_acl_entries (id) {
        id -> BigInt,
        fabric_index -> Integer,
        privilege -> Integer,
        auth_mode -> Integer,
        subjects_json -> Text,
        targets_json -> Text,
        position -> Integer,
    }
}

diesel::table! {
    ccu_backups (id) {
        id -> Text,
        central_name -> Nullable<Text>,
        filename -> Nullable<Text>,
        state -> Text,
        size_bytes -> Nullable<BigInt>,
        sha256 -> Nullable<Text>,
        failure_reason -> Nullable<Text>,
        created_at -> Text,
        updated_at -> Text,
        contents_json -> Nullable<Text>,
        failure_hint -> Nullable<Text>,
        failure_kind -> Nullable<Text>,
    }
}

diesel::table! {
    ccu_restores (id) {
        id -> Text,
        backup_id -> Text,
        central_name -> Text,
        step -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        hint -> Nullable<Text>,
        failure_kind -> Nullable<Text>,
        differences_json -> Nullable<Text>,
        safety_backup_id -> Nullable<Text>,
        created_at -> Text,
        updated_at -> Text,
    }
}

diesel::table! {
    interfaces (central_name, interface_id) {
        central_name -> Text,
        interface_id -> Text,
        interface_name -> Text,
        url -> Text,
        last_seen_version -> Nullable<Text>,
        updated_at -> Text,
        serial -> Nullable<Text>,
        simplified -> Nullable<Bool>,
        read_at -> Nullable<Text>,
        compared_at -> Nullable<Text>,
    }
}

diesel::table! {
    sealing_key (only_row) {
        only_row -> Integer,
        fingerprint -> Text,
        at -> Text,
    }
}

diesel::table! {
    state_marks (mark) {
        mark -> Text,
        at -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(paramsets, paramset_contents);
